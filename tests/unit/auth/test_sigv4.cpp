#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wheelyard/auth/sigv4.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {
namespace {

using Json = nlohmann::json;

std::vector<Json> vectors() {
  return Json::parse(read_file(WHEELYARD_TEST_DATA "/sigv4-vectors.json")).get<std::vector<Json>>();
}

class SigV4Vectors : public testing::TestWithParam<Json> {
 protected:
  const Json& vector = GetParam();
  Credentials credentials{vector["access_key_id"], vector["secret_access_key"],
                          vector.value("session_token", ""), std::nullopt, "test"};
  SigningScope scope{vector["region"], vector["service"], vector["normalize"], false,
                     vector.value("omit_session_token", false)};
  TimePoint time = *parse_rfc3339(vector["timestamp"].get<std::string>());

  SigningInput input() const {
    SigningInput result;
    result.method = vector["method"];
    const std::string target = vector["target"];
    const auto mark = target.find('?');
    result.path = percent_encode(target.substr(0, mark), "/");
    result.query = mark == std::string::npos ? "" : percent_encode(target.substr(mark + 1), "=&%");
    for (const auto& header : vector["headers"]) {
      result.headers.emplace_back(header[0], header[1]);
    }
    result.payload_hash = sha256_hex(vector["body"].get<std::string>());
    return result;
  }
};

TEST_P(SigV4Vectors, InHeaders) {
  auto request = input();
  if (vector["sign_body"]) {
    request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  }
  const auto& expected = vector["header"];
  const auto result = sign_headers(request, credentials, scope, time);
  EXPECT_EQ(result.canonical_request, expected["canonical_request"].get<std::string>());
  EXPECT_EQ(result.string_to_sign, expected["string_to_sign"].get<std::string>());
  EXPECT_EQ(result.signature, expected["signature"].get<std::string>());

  std::string authorization;
  std::string token;
  for (const auto& [name, value] : result.headers) {
    if (name == "Authorization") authorization = value;
    if (name == "X-Amz-Security-Token") token = value;
  }
  EXPECT_TRUE(authorization.ends_with("Signature=" + result.signature)) << authorization;
  EXPECT_EQ(token, credentials.session_token);
}

TEST_P(SigV4Vectors, InTheQuery) {
  const auto& expected = vector["query"];
  const auto result =
      sign_query(input(), credentials, scope, time, std::chrono::seconds(vector["expires_in"].get<int>()));
  EXPECT_EQ(result.canonical_request, expected["canonical_request"].get<std::string>());
  EXPECT_EQ(result.string_to_sign, expected["string_to_sign"].get<std::string>());
  EXPECT_EQ(result.signature, expected["signature"].get<std::string>());

  std::string token;
  for (const auto& [name, value] : parse_query(result.query)) {
    if (name == "X-Amz-Security-Token") token = value;
  }
  EXPECT_EQ(token, credentials.session_token);
  EXPECT_TRUE(result.query.ends_with("&X-Amz-Signature=" + result.signature));
}

INSTANTIATE_TEST_SUITE_P(All, SigV4Vectors, testing::ValuesIn(vectors()), [](const auto& test) {
  auto name = test.param["name"].template get<std::string>();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(SigV4, VectorsAreAllThere) {
  EXPECT_EQ(vectors().size(), 38u);
}

const Credentials kCredentials{"AKIDEXAMPLE", "secret", "", std::nullopt, "test"};
const TimePoint kTime = *parse_rfc3339("2026-11-21T09:18:25.999999Z");

SigningInput get_request(std::string path, std::string query = {}) {
  return {"GET", std::move(path), std::move(query), {{"Host", "bucket.example"}}, "UNSIGNED-PAYLOAD"};
}

TEST(SigV4, AFractionOfASecondIsCutOff) {
  const auto result = sign_headers(get_request("/"), kCredentials, {"us-east-1"}, kTime);
  EXPECT_EQ(result.headers[0], (std::pair<std::string, std::string>("X-Amz-Date", "20261121T091825Z")));
}

TEST(SigV4, S3KeepsThePathAsItIsSent) {
  const auto result = sign_headers(get_request("/a%2Bb//../c"), kCredentials, {"us-east-1"}, kTime);
  EXPECT_TRUE(result.canonical_request.starts_with("GET\n/a%2Bb//../c\n\n")) << result.canonical_request;
}

TEST(SigV4, OtherServicesEncodeThePathTwice) {
  const SigningScope scope{"us-east-1", "execute-api", true, true, false};
  const auto result = sign_headers(get_request("/a%20b/./c"), kCredentials, scope, kTime);
  EXPECT_TRUE(result.canonical_request.starts_with("GET\n/a%2520b/c\n\n")) << result.canonical_request;
}

TEST(SigV4, AQueryIsSortedByNameAndThenByValue) {
  const auto result = sign_headers(get_request("/", "prefix=a%2fb&list-type=2&a=2&a=1&uploads"), kCredentials,
                                   {"us-east-1"}, kTime);
  EXPECT_TRUE(result.canonical_request.starts_with("GET\n/\na=1&a=2&list-type=2&prefix=a%2Fb&uploads=\n"))
      << result.canonical_request;
}

TEST(SigV4, NothingIsSignedWithoutAHost) {
  auto request = get_request("/");
  request.headers.clear();
  EXPECT_THROW(sign_headers(request, kCredentials, {"us-east-1"}, kTime), Error);
  EXPECT_THROW(sign_query(request, kCredentials, {"us-east-1"}, kTime, std::chrono::hours(1)), Error);
}

TEST(SigV4, APresignedUrlIsGoodForASecondToSevenDays) {
  const auto presign = [](std::chrono::seconds expires) {
    return sign_query(get_request("/"), kCredentials, {"us-east-1"}, kTime, expires);
  };
  EXPECT_NO_THROW(presign(std::chrono::seconds(1)));
  EXPECT_NO_THROW(presign(std::chrono::hours(7 * 24)));
  EXPECT_THROW(presign(std::chrono::seconds(0)), Error);
  EXPECT_THROW(presign(std::chrono::hours(7 * 24) + std::chrono::seconds(1)), Error);
}

TEST(SigV4, TheSecretIsNowhereInTheResult) {
  const Credentials credentials{"AKIDEXAMPLE", "top-secret", "", std::nullopt, "test"};
  const auto headers = sign_headers(get_request("/"), credentials, {"us-east-1"}, kTime);
  for (const auto& [name, value] : headers.headers) {
    EXPECT_EQ(value.find("top-secret"), std::string::npos);
  }
  const auto query = sign_query(get_request("/"), credentials, {"us-east-1"}, kTime, std::chrono::hours(1));
  EXPECT_EQ(query.query.find("top-secret"), std::string::npos);
}

}  // namespace
}  // namespace wheelyard::auth
