#include "provider_fixture.hpp"

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/providers/instance_metadata.hpp"

namespace wheelyard::auth {
namespace {

using wheelyard::testing::answer;

constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";

std::string role(std::string_view expiration = "2120-01-01T00:00:00Z") {
  return answer(200,
                R"({"Code":"Success","AccessKeyId":"EC2","SecretAccessKey":"s","Token":"t","Expiration":")" +
                    std::string(expiration) + "\"}");
}

class InstanceMetadataTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    variables_.erase("AWS_EC2_METADATA_DISABLED");
    set("AWS_EC2_METADATA_SERVICE_ENDPOINT", server_.url());
    set("AWS_METADATA_SERVICE_TIMEOUT", "30");  // a loaded machine may take longer than the second by default
    serve(answer(200, "metadata-token"), answer(200, "my-role"), role());
  }
  /// The answers for the token, the role's name and the credentials.
  void serve(std::string token, std::string name, std::string credentials) {
    answer_with([=](const Request& request) {
      return request.method == "PUT" ? token : request.target == kRoles ? name : credentials;
    });
  }
  /// "PUT /latest/api/token", ... of all requests so far.
  std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    for (const auto& request : requests()) {
      const auto& target = request.target;
      lines.push_back(request.method + " " + target.substr(target.find_last_of('/', target.size() - 2) + 1));
    }
    return lines;
  }
};

TEST_F(InstanceMetadataTest, Version2AsksForATokenFirst) {
  const auto got = found();
  EXPECT_EQ(got.access_key_id, "EC2");
  EXPECT_EQ(got.session_token, "t");
  ASSERT_EQ(requests().size(), 3u);
  EXPECT_EQ(requests()[0].method, "PUT");
  EXPECT_EQ(requests()[0].target, "/latest/api/token");
  EXPECT_EQ(requests()[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests()[1].target, kRoles);
  EXPECT_EQ(requests()[1].header("x-aws-ec2-metadata-token"), "metadata-token");
  EXPECT_EQ(requests()[2].target, std::string(kRoles) + "my-role");
  EXPECT_EQ(requests()[2].header("x-aws-ec2-metadata-token"), "metadata-token");
}

TEST_F(InstanceMetadataTest, ItIsTheLastPlace) {
  credentials("[default]\naws_access_key_id = shared\naws_secret_access_key = s\n");
  EXPECT_EQ(found().access_key_id, "shared");
  EXPECT_TRUE(requests().empty());
}

TEST_F(InstanceMetadataTest, WithoutATokenVersion1Serves) {
  for (const int status : {403, 404, 405, 500}) {
    serve(answer(status, "no"), answer(200, "my-role"), role());
    EXPECT_EQ(found().access_key_id, "EC2") << status;
    EXPECT_EQ(requests().back().header("x-aws-ec2-metadata-token"), "");
  }
  set("AWS_EC2_METADATA_V1_DISABLED", "true");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_TRUE(told.has("version 1 is turned off")) << told;
}

TEST_F(InstanceMetadataTest, ATokenThatNeverComesIsNotWaitedForLong) {
  testing::ScriptedServer lost([](const auto& request, auto& connection) {
    if (request.method == "PUT") {
      connection.wait(std::chrono::seconds(120));
    } else {
      connection.send(request.target == kRoles ? answer(200, "my-role") : role());
    }
  });
  set("AWS_EC2_METADATA_SERVICE_ENDPOINT", lost.url());
  set("AWS_METADATA_SERVICE_TIMEOUT", "2");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(found().access_key_id, "EC2");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(InstanceMetadataTest, WhereNobodyAnswersTheFailureIsQuickAndSaysWhatWasAsked) {
  set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
  const auto told = failure();
  EXPECT_EQ(told.code, ErrorCode::unauthenticated);
  EXPECT_TRUE(told.has("container, instance metadata (http://127.0.0.1:1: ")) << told;
  // TEST-NET-1 leads nowhere: no answer of any kind comes.
  variables_.erase("AWS_METADATA_SERVICE_TIMEOUT");
  set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://192.0.2.1");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(failure().has("http://192.0.2.1: "));
  // One attempt of a second, where libcurl's own patience is of five minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
}

TEST_F(InstanceMetadataTest, WhatItCannotGiveIsToldAtTheEnd) {
  const std::vector<std::tuple<std::string, std::string, std::string, std::string>> cases = {
      {answer(400, ""), answer(200, "r"), role(), "no token: HTTP 400"},
      {answer(200, "t"), answer(404, ""), role(), "the instance has no role"},
      {answer(200, "t"), answer(200, ""), role(), "an answer that cannot be read"},
      {answer(200, "t"), answer(200, "r"), answer(500, ""), "HTTP 500"},
      {answer(200, "t"), answer(200, "r"), answer(302, "", "Location: http://127.0.0.1:1/\r\n"), "HTTP 302"},
      {answer(200, "t"), answer(200, "r"), answer(200, "{"), "an answer that cannot be read"},
      {answer(200, "t"), answer(200, "r"), answer(200, R"({"Code":"x","Message":"EC2 is not trusted"})"),
       "EC2 is not trusted"},
      {answer(200, "t"), answer(200, "r"), "", "reset"},
  };
  for (const auto& [token, name, credentials_answer, message] : cases) {
    serve(token, name, credentials_answer);
    const auto told = failure();
    EXPECT_EQ(told.code, ErrorCode::unauthenticated) << told;
    EXPECT_TRUE(told.has(message)) << told;
  }
  serve(answer(200, "t"), answer(200, "r"), role("soon"));
  EXPECT_TRUE(failure().has("'soon'")) << failure();
}

TEST_F(InstanceMetadataTest, ExpiredOnesServeOnWhileTheServiceCannotRenewThem) {
  serve(answer(200, "t"), answer(200, "r"), role("2020-01-01T00:00:00Z"));
  const auto got = found();
  EXPECT_EQ(got.access_key_id, "EC2");
  EXPECT_GT(*got.expires_at, now() + std::chrono::minutes(4));
  EXPECT_LT(*got.expires_at, now() + std::chrono::minutes(16));
}

TEST_F(InstanceMetadataTest, AttemptsEndpointAndModeAreSettings) {
  serve(answer(200, "t"), answer(500, ""), role());
  config("[default]\nmetadata_service_num_attempts = 3\n");
  failure();
  EXPECT_EQ(asked(), (std::vector<std::string>{"PUT token", "GET security-credentials/",
                                               "GET security-credentials/", "GET security-credentials/"}));
  serve(answer(403, ""), answer(200, "my-role"), role());
  found();
  EXPECT_EQ(asked().size(), 7u) << "a refused token is not asked for again";
  serve(answer(503, ""), answer(200, "my-role"), role());
  found();
  EXPECT_EQ(asked().size(), 12u) << "one that failed is";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0"},
      {"AWS_METADATA_SERVICE_TIMEOUT", "1s"},
      {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5"},
      {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "metadata"},
  };
  for (const auto& [name, value] : wrong) {
    const auto before = variables_;
    set(name, value);
    EXPECT_EQ(failure().code, ErrorCode::invalid_argument) << name;
    EXPECT_TRUE(failure().has(name)) << failure();
    variables_ = before;
  }
}

TEST_F(InstanceMetadataTest, ItIsTurnedOffByAVariable) {
  set("AWS_EC2_METADATA_DISABLED", "TRUE");
  EXPECT_TRUE(failure().has("turned off by AWS_EC2_METADATA_DISABLED"));
  EXPECT_TRUE(requests().empty());
}

}  // namespace
}  // namespace wheelyard::auth
