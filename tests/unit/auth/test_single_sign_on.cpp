#include "provider_fixture.hpp"
#include <sys/stat.h>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/providers/sso_token.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::auth {
namespace {

using wheelyard::testing::answer;

constexpr std::string_view kSession =
    "[default]\nsso_session = corp\nsso_account_id = 123\nsso_role_name = Dev Ops\n"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";
constexpr std::string_view kLegacy =
    "[default]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
    "sso_account_id = 123\nsso_role_name = Dev Ops\n";

std::string role_answer(std::string_view key = "SSO", std::string_view expiration = "4733510400000") {
  return answer(200, R"({"roleCredentials":{"accessKeyId":")" + std::string(key) +
                         R"(","secretAccessKey":"s","sessionToken":"t","expiration":)" +
                         std::string(expiration) + "}}");
}

class SingleSignOnTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    answer_with(role_answer());
  }
  std::filesystem::path path(const std::string& name = "corp") const {
    return sso_token_path({name, "https://corp.awsapps.com/start", "eu-west-1"}, environment());
  }
  /// Leaves a token as `aws sso login` does.
  void cache(const std::string& text, const std::string& name = "corp") const {
    write_cache(path(name), text);
  }
  void write_cache(const std::filesystem::path& file, const std::string& text) const {
    home_.write(std::filesystem::relative(file, home_.path()).string(), text);
  }
  static std::string in(std::chrono::minutes time) { return to_rfc3339(now() + time).substr(0, 19) + "Z"; }
  static std::string renewable(const std::string& expires_at, const std::string& registration) {
    return to_json({{"accessToken", "old-token"},
                    {"expiresAt", expires_at},
                    {"clientId", "client"},
                    {"clientSecret", "client-secret"},
                    {"refreshToken", "refresh"},
                    {"registrationExpiresAt", registration}});
  }
};

TEST_F(SingleSignOnTest, ASessionsTokenGetsTheRole) {
  config(std::string(kSession));
  cache(to_json({{"accessToken", "portal-token"}, {"expiresAt", in(std::chrono::hours(8))}}));
  const auto got = found();
  EXPECT_EQ(got.access_key_id, "SSO");
  EXPECT_EQ(got.session_token, "t");
  EXPECT_EQ(to_rfc3339(*got.expires_at).substr(0, 10), "2120-01-01");
  const auto request = requests().back();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/federation/credentials?role_name=Dev%20Ops&account_id=123");
  EXPECT_EQ(request.header("x-amz-sso_bearer_token"), "portal-token");
  EXPECT_EQ(request.header("Authorization"), "");
}

TEST_F(SingleSignOnTest, TheOlderFormHasItsTokenUnderTheStartUrl) {
  config(std::string(kLegacy));
  cache(to_json({{"accessToken", "portal-token"}, {"expiresAt", "2120-01-01T00:00:00UTC"}}), "");
  EXPECT_EQ(found().access_key_id, "SSO");
  cache(renewable("2020-01-01T00:00:00UTC", "2120-01-01T00:00:00Z"), "");
  EXPECT_TRUE(failure().has("it ended at 2020-01-01T00:00:00Z")) << failure();
  EXPECT_TRUE(failure().has("aws sso login --profile default")) << failure();
  EXPECT_EQ(requests().size(), 1u) << "an older token is never renewed";
}

TEST_F(SingleSignOnTest, ATokenThatEndsSoonIsRenewedAndKept) {
  config(std::string(kSession));
  cache(renewable(in(std::chrono::minutes(10)), "2120-01-01T00:00:00Z"));
  answer_with([](const Request& request) {
    return request.target == "/token"
               ? answer(200, R"({"accessToken":"new-token","expiresIn":28800,"refreshToken":"refresh-2"})")
               : role_answer();
  });
  found();
  ASSERT_EQ(requests().size(), 2u);
  const auto asked = JsonObject::parse(requests()[0].body);
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(asked->text("grantType"), "refresh_token");
  EXPECT_EQ(asked->text("clientId"), "client");
  EXPECT_EQ(asked->text("clientSecret"), "client-secret");
  EXPECT_EQ(asked->text("refreshToken"), "refresh");
  EXPECT_EQ(requests()[1].header("x-amz-sso_bearer_token"), "new-token");

  const auto kept = JsonObject::parse(read_file(path()));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->text("accessToken"), "new-token");
  EXPECT_EQ(kept->text("refreshToken"), "refresh-2");
  EXPECT_EQ(kept->text("clientSecret"), "client-secret");
  EXPECT_EQ(kept->text("registrationExpiresAt"), "2120-01-01T00:00:00Z");
  EXPECT_EQ(kept->text("startUrl"), "https://corp.awsapps.com/start");
  EXPECT_EQ(kept->text("region"), "eu-west-1");
  EXPECT_GT(*parse_aws_time(*kept->text("expiresAt")), now() + std::chrono::hours(7));
  struct stat info{};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path().parent_path()), {}), 1);

  found();
  EXPECT_EQ(requests().size(), 3u) << "the new one is not renewed again";
}

TEST_F(SingleSignOnTest, WhereRenewingFailsTheTokenServesWhileItIsGood) {
  config(std::string(kSession));
  const auto refuse = [](const Request& request) {
    return request.target == "/token" ? answer(400, R"({"error":"invalid_grant"})") : role_answer();
  };
  answer_with(refuse);
  cache(renewable(in(std::chrono::minutes(10)), "2120-01-01T00:00:00Z"));
  EXPECT_EQ(found().access_key_id, "SSO");
  EXPECT_EQ(requests().back().header("x-amz-sso_bearer_token"), "old-token");
  cache(renewable(in(std::chrono::minutes(-1)), "2120-01-01T00:00:00Z"));
  EXPECT_TRUE(failure().has("it ended at")) << failure();
  const auto before = requests().size();
  cache(renewable(in(std::chrono::minutes(10)), "2020-01-01T00:00:00Z"));
  found();
  EXPECT_EQ(requests().size(), before + 1) << "a registration that has ended cannot renew";
}

TEST_F(SingleSignOnTest, WithoutASignOnTheCommandForItIsTold) {
  config(std::string(kSession));
  for (const auto* text :
       {"", "{}", "[]", "{\"accessToken\": 5}", "{\"accessToken\":\"t\",\"expiresAt\":\"x\"}",
        "{\"accessToken\":\"t\",\"expiresAt\""}) {
    if (*text != '\0') cache(text);
    const auto told = failure();
    EXPECT_EQ(told.code, ErrorCode::unauthenticated) << told;
    EXPECT_TRUE(told.has("aws sso login --profile default")) << told;
  }
  EXPECT_TRUE(requests().empty());
}

TEST_F(SingleSignOnTest, MissingAndContradictingSettingsAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[default]\nsso_account_id = 1\n", "sso_role_name is missing"},
      {"[default]\nsso_role_name = r\n", "sso_account_id is missing"},
      {"[default]\nsso_role_name = r\nsso_account_id = 1\n", "sso_start_url is missing"},
      {"[default]\nsso_role_name = r\nsso_account_id = 1\nsso_session = x\n", "no [sso-session x]"},
      {"[default]\nsso_role_name = r\nsso_account_id = 1\nsso_session = x\n[sso-session x]\nsso_region = e\n",
       "has no sso_start_url"},
      {"[default]\nsso_role_name = r\nsso_account_id = 1\nsso_session = x\nsso_region = other\n"
       "[sso-session x]\nsso_region = e\nsso_start_url = https://u\n",
       "its sso_region is another one"},
  };
  for (const auto& [text, message] : cases) {
    config(text + "[other]\n");
    const auto told = failure();
    EXPECT_EQ(told.code, ErrorCode::invalid_argument) << told;
    EXPECT_TRUE(told.has(message)) << told;
  }
}

TEST_F(SingleSignOnTest, RefusalsAndStrangeAnswersAreErrors) {
  config(std::string(kSession));
  cache(to_json({{"accessToken", "portal-token"}, {"expiresAt", in(std::chrono::hours(8))}}));
  const std::vector<std::tuple<std::string, ErrorCode, std::string>> cases = {
      {answer(401, R"({"message":"Session token not found or invalid"})",
              "x-amzn-ErrorType: UnauthorizedException:http://x\r\n"),
       ErrorCode::unauthenticated, "HTTP 401 UnauthorizedException"},
      {answer(401, "{}"), ErrorCode::unauthenticated, "aws sso login"},
      {answer(403, R"({"message":"No access"})"), ErrorCode::permission_denied, "No access"},
      {answer(500, "x"), ErrorCode::unavailable, "HTTP 500"},
      {answer(301, "", "Location: http://127.0.0.1:1/\r\n"), ErrorCode::unauthenticated, "HTTP 301"},
      {answer(200, "{"), ErrorCode::corrupted, "no credentials"},
      {answer(200, "{\"roleCredentials\":{\"accessKeyId\":\"k\"}}"), ErrorCode::corrupted, "not all"},
      {role_answer("K", "-1"), ErrorCode::corrupted, "not all"},
      {role_answer("K", "99999999999999999999"), ErrorCode::corrupted, "not all"},
      {role_answer("K", "1000"), ErrorCode::unauthenticated, "expired at 1970"},
  };
  for (const auto& [response, code, message] : cases) {
    answer_with(response);
    const auto told = failure();
    EXPECT_EQ(told.code, code) << told;
    EXPECT_TRUE(told.has(message)) << told;
    EXPECT_FALSE(told.has("portal-token")) << told;
  }
}

}  // namespace
}  // namespace wheelyard::auth
