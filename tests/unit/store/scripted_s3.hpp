#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"
#include "support/thrown_error.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/store/s3/s3_store.hpp"

namespace wheelyard::store {

using wheelyard::testing::answer;
using wheelyard::testing::ScriptedConnection;
using wheelyard::testing::ScriptedRequest;
using wheelyard::testing::ScriptedServer;

inline const std::string test_secret = "wJalrXUtnFEMI-K7MDENG-secret";
inline const std::string test_token = "FwoGZXIvYXdz-session-token";

/// Hands out key after key: "key-1", "key-2", … as a chain does whose credentials are renewed.
class CountingProvider : public auth::CredentialProvider {
 public:
  std::string name() const override { return "test"; }
  std::optional<auth::Credentials> find() override {
    return auth::Credentials{.access_key_id = "key-" + std::to_string(++found_),
                             .secret_access_key = test_secret,
                             .session_token = test_token,
                             .expires_at = {},
                             .origin = "the test"};
  }

 private:
  int found_ = 0;
};

inline S3Options scripted_options(const ScriptedServer& server) {
  S3Options options{.bucket = "wheels"};
  options.settings.region = "us-east-1";
  options.settings.endpoint_url = server.url("");
  std::vector<std::unique_ptr<auth::CredentialProvider>> providers;
  providers.push_back(std::make_unique<CountingProvider>());
  options.credentials = std::make_shared<auth::CredentialChain>(std::move(providers));
  options.http.retry.first_delay = std::chrono::milliseconds(1);
  options.http.retry.longest_delay = std::chrono::milliseconds(5);
  options.http.proxy = "";
  return options;
}

inline std::shared_ptr<ObjectStore> scripted_store(const ScriptedServer& server) {
  return make_s3_store(scripted_options(server));
}

inline std::string s3_error(int status, const std::string& code, const std::string& more = {},
                            const std::string& fields = {}) {
  return answer(status,
                "<?xml version=\"1.0\"?><Error><Code>" + code +
                    "</Code><Message>as the server says</Message>" + more +
                    "<RequestId>REQ1</RequestId></Error>",
                "Content-Type: application/xml\r\n" + fields);
}

inline std::string object_answer(const std::string& bytes, const std::string& etag = "abc") {
  return answer(200, bytes,
                "ETag: \"" + etag +
                    "\"\r\nLast-Modified: Sat, 21 Nov 2026 09:18:25 GMT\r\nContent-Type: text/plain\r\n");
}

inline std::string put_answer(const std::string& etag = "abc") {
  return answer(200, "", "ETag: \"" + etag + "\"\r\n");
}

/// What the action throws; fails the test where it throws nothing. No secret may be in any part of it.
template <typename Action>
Error error_of(const Action& action) {
  const Error error = test_support::error_of(action);
  const auto& details = error.details();
  for (const std::string& text : {std::string(error.what()), details.reason, details.hint, details.target}) {
    EXPECT_EQ(text.find(test_secret), std::string::npos) << text;
    EXPECT_EQ(text.find(test_token), std::string::npos) << text;
  }
  return error;
}

}  // namespace wheelyard::store
