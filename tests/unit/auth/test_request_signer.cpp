// The fast way to sign gives what the plain one gives, for every shape of request.
#include <gtest/gtest.h>

#include "wheelyard/auth/request_signer.hpp"
#include "wheelyard/auth/sigv4.hpp"

namespace wheelyard::auth {
namespace {

struct Shape {
  std::string method;
  std::string path;
  std::string query;
  RequestSigner::Fields headers;
};

const std::vector<Shape> shapes{
    {"GET", "/", "", {}},
    {"GET", "/wheels/a%20b/%C3%A4.whl", "", {{"x-amz-checksum-mode", "ENABLED"}, {"range", "bytes=0-1"}}},
    {"GET", "/wheels", "delimiter=%2F&list-type=2&prefix=a%20b%2F", {{"x-amz-request-payer", "requester"}}},
    {"POST", "/wheels/k", "uploads=", {{"Content-Type", "text/plain"}, {"x-amz-meta-a", "  two   blanks "}}},
    {"PUT", "/wheels/k", "partNumber=1&uploadId=a%2Bb", {{"x-amz-checksum-crc32c", "AAAAAA=="}}},
    {"DELETE", "/wheels//a/../b", "", {}},
};

TEST(RequestSigner, SignsAsThePlainWayDoes) {
  RequestSigner signer;
  for (const std::string& token : {std::string(), std::string("token/with+signs=")}) {
    for (const std::string& secret : {std::string("one secret"), std::string("another")}) {
      Credentials credentials{.access_key_id = "AKID", .secret_access_key = secret, .session_token = token};
      for (const char* region : {"us-east-1", "eu-central-1"}) {
        for (const char* time : {"2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z", "2026-11-21T09:18:25Z"}) {
          for (const Shape& shape : shapes) {
            SCOPED_TRACE(shape.method + " " + shape.path + " " + region + " " + time);
            SigningInput input{.method = shape.method,
                               .path = shape.path,
                               .query = shape.query,
                               .headers = shape.headers,
                               .payload_hash = "UNSIGNED-PAYLOAD"};
            input.headers.emplace_back("host", "store.test:9000");
            auto expected = sign_headers(input, credentials, {.region = region}, *parse_rfc3339(time));
            auto added = signer.sign({.method = shape.method,
                                      .path = shape.path,
                                      .query = shape.query,
                                      .authority = "store.test:9000",
                                      .headers = shape.headers,
                                      .payload_hash = "UNSIGNED-PAYLOAD",
                                      .region = region},
                                     credentials, *parse_rfc3339(time));
            ASSERT_EQ(added.size(), token.empty() ? 2u : 3u);
            EXPECT_EQ(added.front().second, expected.headers.front().second);
            std::string authorization;
            for (const auto& [name, value] : expected.headers) {
              if (name == "Authorization") authorization = value;
            }
            EXPECT_EQ(added.back().second, authorization);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace wheelyard::auth
