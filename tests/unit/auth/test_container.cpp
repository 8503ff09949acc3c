#include <cstdlib>

#include "provider_fixture.hpp"

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/providers/container.hpp"

namespace wheelyard::auth {
namespace {

using wheelyard::testing::answer;

constexpr std::string_view kGood =
    R"({"AccessKeyId":"TASK","SecretAccessKey":"s","Token":"t","Expiration":"2120-01-01T00:00:00Z"})";

class ContainerTest : public ProviderFixture {
 protected:
  void SetUp() override {
    ProviderFixture::SetUp();
    answer_with(answer(200, kGood));
  }
  std::unique_ptr<CredentialProvider> provider() const {
    ContainerOptions options;
    options.host = server_.url("");
    options.time = patience_;
    options.pause = std::chrono::milliseconds(1);
    return container_credentials(std::make_shared<AwsContext>(AwsOverrides(), environment()), options);
  }
  Told told() const {
    try {
      provider()->find();
    } catch (const Error& error) {
      return {error.code(), std::string(error.what()) + " | " + error.hint()};
    }
    ADD_FAILURE() << "credentials were found";
    return {};
  }

  std::chrono::milliseconds patience_{30'000};
};

TEST_F(ContainerTest, NothingIsAskedUnlessTheEnvironmentSaysSo) {
  EXPECT_FALSE(provider()->find().has_value());
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t");
  EXPECT_FALSE(provider()->find().has_value());
  EXPECT_TRUE(requests().empty());
}

TEST_F(ContainerTest, TheRelativeAddressGoesAheadAndTheTokensFileToo) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials?id=1");
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example/");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "variable");
  const auto got = provider()->find();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->access_key_id, "TASK");
  EXPECT_EQ(got->session_token, "t");
  EXPECT_TRUE(got->expires_at.has_value());
  EXPECT_EQ(requests().back().target, "/v2/credentials?id=1");
  EXPECT_EQ(requests().back().header("Authorization"), "variable");
  EXPECT_EQ(requests().back().header("Accept"), "application/json");
  write("token", "of-the-file");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home_ / "token");
  provider()->find();
  EXPECT_EQ(requests().back().header("Authorization"), "of-the-file");
}

TEST_F(ContainerTest, AFullAddressMustBeThisMachineOrAnAgents) {
  for (const auto* address :
       {"http://192.0.2.1/", "http://example.com/", "http://localhost.evil.example/", "ftp://127.0.0.1/",
        "http://127.0.0.1.evil.example/", "http://[fd00:ec2::24]/", "not a url"}) {
    set("AWS_CONTAINER_CREDENTIALS_FULL_URI", address);
    EXPECT_EQ(told().code, ErrorCode::invalid_argument) << address;
  }
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + host + ":" + std::to_string(server_.port()) + "/x");
    EXPECT_TRUE(provider()->find().has_value()) << host;
  }
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[::1]:1/");
  EXPECT_EQ(told().code, ErrorCode::unavailable) << "allowed, but nobody answers";
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://127.0.0.1:1/");
  EXPECT_EQ(told().code, ErrorCode::unavailable) << "any host by https";
}

TEST_F(ContainerTest, WhatCannotBeRightIsRefusedBeforeAnythingIsSent) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ".evil.example/");
  EXPECT_TRUE(told().has("it does not begin with '/'")) << told();
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hunter2\r\nX-More: 1");
  EXPECT_EQ(told().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(told().has("hunter2"));
  set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token");
  EXPECT_EQ(told().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(requests().empty());
}

TEST_F(ContainerTest, ItIsAskedThreeTimes) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  int asked = 0;
  answer_with([&](const Request&) {
    ++asked;
    return asked == 1 ? answer(500, "busy") : asked == 2 ? answer(200, "{") : answer(200, kGood);
  });
  EXPECT_TRUE(provider()->find().has_value());
  EXPECT_EQ(asked, 3);
  answer_with(answer(403, R"({"code":"Denied","message":"the pod has no role"})"));
  EXPECT_EQ(told().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(told().has("the pod has no role, in 3 attempts (HTTP 403)")) << told();
}

TEST_F(ContainerTest, StrangeAnswersAreErrors) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {answer(200, "nothing"), "not a JSON object"},
      {answer(200, std::string(100'000, '[')), "not a JSON object"},
      {answer(302, "", "Location: http://127.0.0.1:1/\r\n"), "HTTP 302"},
      {answer(200, R"({"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET","Token":"t"})"), "no Expiration"},
      {answer(200,
              R"({"AccessKeyId":"k","SecretAccessKey":"wJalrSECRET","Expiration":"2120-01-01T00:00:00Z"})"),
       "no Token"},
      {answer(200, R"({"AccessKeyId":7,"SecretAccessKey":"wJalrSECRET"})"), "no AccessKeyId"},
      {"", "reset"},
      {answer(200, std::string(2 << 20, ' ')), "bigger than"},
  };
  for (const auto& [response, message] : cases) {
    answer_with(response);
    EXPECT_TRUE(told().has(message)) << told();
    EXPECT_FALSE(told().has("wJalrSECRET")) << told();
  }
}

TEST_F(ContainerTest, SilenceAndDripsEndInTime) {
  testing::ScriptedServer silent(
      [](const auto&, auto& connection) { connection.wait(std::chrono::seconds(120)); });
  testing::ScriptedServer dripping([](const auto&, auto& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (connection.send(" ")) connection.wait(std::chrono::milliseconds(20));
  });
  patience_ = std::chrono::milliseconds(300);
  const auto begun = std::chrono::steady_clock::now();
  for (const auto* server : {&silent, &dripping}) {
    set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server->url("/x"));
    EXPECT_EQ(told().code, ErrorCode::unavailable) << told();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(50));
}

TEST_F(ContainerTest, NoProxySeesTheCredentials) {
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  ::setenv("HTTP_PROXY", "http://127.0.0.1:1/", 1);
  const auto before =
      std::getenv("NO_PROXY") == nullptr ? std::string() : std::string(std::getenv("NO_PROXY"));
  ::unsetenv("NO_PROXY");
  EXPECT_TRUE(provider()->find().has_value());
  ::unsetenv("HTTP_PROXY");
  if (!before.empty()) ::setenv("NO_PROXY", before.c_str(), 1);
}

}  // namespace
}  // namespace wheelyard::auth
