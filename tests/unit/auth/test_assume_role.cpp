#include "provider_fixture.hpp"

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/providers/assume_role.hpp"
#include "wheelyard/auth/sigv4.hpp"
#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/digest.hpp"

namespace wheelyard::auth {
namespace {

using wheelyard::testing::answer;

class AssumeRoleTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    set("AWS_PROFILE", "ci");
    answer_with([](const Request& request) {
      const bool first = request.body.find("outer") == std::string::npos;
      return sts_answer("AssumeRole", first ? "ROLE" : "OUTER");
    });
  }
};

TEST_F(AssumeRoleTest, ASourceProfilesKeysAskForTheRole) {
  config(
      "[profile ci]\nregion = eu-central-1\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
      "external_id = a b\nrole_session_name = me\nduration_seconds = 900\n");
  credentials("[base]\naws_access_key_id = BASE\naws_secret_access_key = s\naws_session_token = t\n");
  const auto got = found();
  EXPECT_EQ(got.access_key_id, "ROLE");
  EXPECT_EQ(got.secret_access_key, "secret-ROLE");
  EXPECT_EQ(got.session_token, "token-ROLE");
  EXPECT_EQ(to_rfc3339(*got.expires_at).substr(0, 10), "2120-01-01");
  EXPECT_EQ(form(), (std::map<std::string, std::string>{{"Action", "AssumeRole"},
                                                        {"Version", "2011-06-15"},
                                                        {"RoleArn", "arn:aws:iam::1:role/x"},
                                                        {"RoleSessionName", "me"},
                                                        {"ExternalId", "a b"},
                                                        {"DurationSeconds", "900"}}));
  const auto request = requests().back();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/");
  EXPECT_EQ(request.header("X-Amz-Security-Token"), "t");
  EXPECT_NE(request.header("Authorization").find("Credential=BASE/"), std::string::npos);
  EXPECT_NE(request.header("Authorization").find("/eu-central-1/sts/aws4_request"), std::string::npos);
}

TEST_F(AssumeRoleTest, TheSignatureIsThatOfTheRequest) {
  config("[profile ci]\nrole_arn = r\nsource_profile = ci\nrole_session_name = me\n");
  credentials("[ci]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  found();
  const auto request = requests().back();
  SigningInput input{"POST", "/", "", {}, sha256_hex(request.body)};
  input.headers = {{"host", request.header("Host")}, {"content-type", request.header("Content-Type")}};
  const auto time = parse_rfc3339([&] {
    auto date = request.header("X-Amz-Date");  // 20261121T091825Z
    return date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 5) + ":" + date.substr(11, 2) +
           ":" + date.substr(13);
  }());
  ASSERT_TRUE(time.has_value());
  const auto expected = sign_headers(input, {"BASE", "s", "", std::nullopt, ""},
                                     {.region = "us-east-1", .service = "sts"}, *time);
  EXPECT_EQ(request.header("Authorization"), expected.headers.back().second);
}

TEST_F(AssumeRoleTest, RolesAreChained) {
  config(
      "[profile ci]\nrole_arn = outer\nsource_profile = inner\n"
      "[profile inner]\nrole_arn = inner\nsource_profile = base\n"
      "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  EXPECT_EQ(found().access_key_id, "OUTER");
  ASSERT_EQ(requests().size(), 2u);
  EXPECT_NE(requests()[0].header("Authorization").find("Credential=BASE/"), std::string::npos);
  EXPECT_NE(requests()[1].header("Authorization").find("Credential=ROLE/"), std::string::npos);
  EXPECT_EQ(requests()[1].header("X-Amz-Security-Token"), "token-ROLE");
}

TEST_F(AssumeRoleTest, TheEnvironmentMayBeTheSource) {
  config("[profile ci]\nrole_arn = r\ncredential_source = Environment\n");
  set("AWS_ACCESS_KEY_ID", "ENV");
  set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(found().access_key_id, "ENV") << "keys of the environment go ahead of a profile";
  EXPECT_EQ(found({.profile = "ci"}).access_key_id, "ROLE");
  EXPECT_NE(requests().back().header("Authorization").find("Credential=ENV/"), std::string::npos);
  variables_.erase("AWS_ACCESS_KEY_ID");
  const auto told = failure();
  EXPECT_TRUE(told.has("credential_source Environment has none")) << told;
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
}

TEST_F(AssumeRoleTest, AContainerMayBeTheSource) {
  config("[profile ci]\nrole_arn = r\ncredential_source = EcsContainer\n");
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server_.url("/task"));
  answer_with([](const Request& request) {
    return request.target == "/task"
               ? answer(200, R"({"AccessKeyId":"TASK","SecretAccessKey":"s","Token":"t",)"
                             R"("Expiration":"2120-01-01T00:00:00Z"})")
               : sts_answer("AssumeRole", "ROLE");
  });
  EXPECT_EQ(found().access_key_id, "ROLE");
  EXPECT_NE(requests().back().header("Authorization").find("Credential=TASK/"), std::string::npos);
}

TEST_F(AssumeRoleTest, SettingsThatCannotBeAreNamed) {
  credentials("[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "neither a source_profile nor a credential_source"},
      {"source_profile = base\ncredential_source = Environment\n", "both a source_profile and"},
      {"source_profile = nowhere\n", "'nowhere' is in neither"},
      {"credential_source = environment\n", "'environment' is none that exists"},
      {"source_profile = ci\n", "leads back to itself: ci → ci"},
      {"source_profile = other\n[profile other]\nrole_arn = o\nsource_profile = ci\n",
       "leads back to itself: ci → other → ci"},
      {"source_profile = empty\n[profile empty]\nregion = eu-west-1\n", "source_profile 'empty' has none"},
      {"source_profile = half\n[profile half]\naws_access_key_id = k\n", "aws_secret_access_key is missing"},
  };
  for (const auto& [lines, message] : cases) {
    config("[profile ci]\nrole_arn = r\n" + lines);
    const auto told = failure();
    EXPECT_TRUE(told.has(message)) << told;
    EXPECT_TRUE(requests().empty());
  }
}

TEST_F(AssumeRoleTest, ARoleThatWantsACodeIsRefused) {
  config("[profile ci]\nrole_arn = r\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n");
  credentials("[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unsupported);
  EXPECT_TRUE(told.has("mfa_serial")) << told;
  EXPECT_TRUE(told.has("export-credentials --profile ci")) << told;
}

TEST_F(AssumeRoleTest, RefusalsAreToldAndNeverPassedOver) {
  config(
      "[profile ci]\nrole_arn = r\nsource_profile = ci\naws_access_key_id = STATIC\n"
      "aws_secret_access_key = wJalrSECRET\n");
  const std::vector<std::tuple<std::string, ErrorCode, std::string>> cases = {
      {sts_error(403, "AccessDenied", "not authorized to perform: sts:AssumeRole"),
       ErrorCode::permission_denied, "not authorized to perform"},
      {sts_error(403, "InvalidClientTokenId", "The security token included in the request is invalid"),
       ErrorCode::unauthenticated, "HTTP 403 InvalidClientTokenId, request rid-1"},
      {sts_error(400, "ValidationError", "1 validation error"), ErrorCode::invalid_argument,
       "ValidationError"},
      {sts_error(500, "InternalFailure", "oops"), ErrorCode::unavailable, "HTTP 500"},
      {answer(302, "", "Location: http://127.0.0.1:1/\r\n"), ErrorCode::unauthenticated, "HTTP 302"},
      {answer(404, "<html>nothing"), ErrorCode::unauthenticated, "no STS"},
      {answer(200, "<html>nothing"), ErrorCode::corrupted, "STS"},
      {answer(200, "<AssumeRoleResponse/>"), ErrorCode::corrupted, "no credentials"},
      {sts_answer("AssumeRole", ""), ErrorCode::corrupted, "no AccessKeyId"},
      {sts_answer("AssumeRole", "K", "soon"), ErrorCode::corrupted, "Expiration"},
      {sts_answer("AssumeRole", "K", "2020-01-01T00:00:00Z"), ErrorCode::unauthenticated, "expired at 2020"},
      {answer(200, std::string(2 << 20, ' ')), ErrorCode::corrupted, "bigger than"},
      {"", ErrorCode::unavailable, "send POST to"},
  };
  for (const auto& [response, code, message] : cases) {
    answer_with(response);
    const auto told = failure();
    EXPECT_EQ(told.code, code) << told;
    EXPECT_TRUE(told.has(message)) << told;
    EXPECT_FALSE(told.has("wJalrSECRET")) << told;
  }
}

TEST_F(AssumeRoleTest, ThrottlingIsTriedAgainThoughItAnswers400) {
  config(
      "[profile ci]\nrole_arn = r\nsource_profile = ci\naws_access_key_id = STATIC\n"
      "aws_secret_access_key = s\n");
  set("AWS_MAX_ATTEMPTS", "3");
  int asked = 0;
  answer_with([&asked](const Request&) {
    return ++asked < 3 ? sts_error(400, "Throttling", "Rate exceeded") : sts_answer("AssumeRole", "ROLE");
  });
  EXPECT_EQ(found().access_key_id, "ROLE");
  asked = -5;
  EXPECT_EQ(failure().code, ErrorCode::unavailable);
}

TEST_F(AssumeRoleTest, ARenewedRoleAsksTheSourceOnlyWhereThatEndsAsWell) {
  config(
      "[profile ci]\nrole_arn = outer\nsource_profile = inner\n"
      "[profile inner]\nrole_arn = inner\nsource_profile = base\n"
      "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  const auto chain = make_credential_chain({}, environment());
  chain->get();
  EXPECT_EQ(requests().size(), 2u);
  chain->get();
  EXPECT_EQ(requests().size(), 2u) << "kept in memory";
  chain->invalidate();
  chain->get();
  EXPECT_EQ(requests().size(), 4u) << "what was refused is asked for anew, all the way";
}

TEST_F(AssumeRoleTest, ARenewedRoleIsAskedForWithTheKeysThatStandInTheFileByThen) {
  config("[profile ci]\nrole_arn = r\nsource_profile = base\n");
  const auto context = std::make_shared<AwsContext>(AwsOverrides(), environment());
  const auto provider = assume_role_credentials("ci", context);
  for (const std::string key : {"FIRST", "SECOND"}) {
    credentials("[base]\naws_access_key_id = " + key + "\naws_secret_access_key = s\n");
    context->forget();
    provider->find();
    EXPECT_NE(requests().back().header("Authorization").find("Credential=" + key), std::string::npos);
  }
}

TEST_F(AssumeRoleTest, TheLogHasTheRequestAndNoSecret) {
  config(
      "[profile ci]\nrole_arn = r\nsource_profile = ci\naws_access_key_id = K\naws_secret_access_key = s\n");
  std::vector<http::RequestLogEntry> log;
  make_credential_chain({}, environment(), [&](const auto& entry) { log.push_back(entry); })->get();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].url, server_.url());
  EXPECT_EQ(log[0].status, 200);
}

struct StsPlace {
  std::string region;
  std::string mode;
  std::string host;
  std::string signing_region;
};

/// Where STS is without an endpoint of one's own, seen through a proxy.
TEST_F(AssumeRoleTest, TheRegionsOwnHostIsAskedUnlessTheOldOneIsWanted) {
  config(
      "[profile ci]\nrole_arn = r\nsource_profile = ci\naws_access_key_id = K\naws_secret_access_key = s\n");
  variables_.erase("AWS_ENDPOINT_URL");
  const std::vector<StsPlace> places = {
      {"eu-central-1", "", "sts.eu-central-1.amazonaws.com", "eu-central-1"},
      {"eu-central-1", "legacy", "sts.amazonaws.com", "us-east-1"},
      {"af-south-1", "legacy", "sts.af-south-1.amazonaws.com", "af-south-1"},
      {"cn-north-1", "legacy", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
      {"us-gov-west-1", "regional", "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
  };
  for (const auto& place : places) {
    set("AWS_DEFAULT_REGION", place.region);
    set("AWS_STS_REGIONAL_ENDPOINTS", place.mode);
    AwsContext context({}, environment());
    const auto asked = sts_destination(context);
    EXPECT_EQ(asked.url.host, place.host);
    EXPECT_EQ(asked.signing_region, place.signing_region);
  }
  set("AWS_STS_REGIONAL_ENDPOINTS", "global");
  EXPECT_TRUE(failure().has("AWS_STS_REGIONAL_ENDPOINTS"));
}

}  // namespace
}  // namespace wheelyard::auth
