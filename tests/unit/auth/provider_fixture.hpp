#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws_fixture.hpp"
#include "support/scripted_server.hpp"

#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {

/// A home folder, an environment, and a server that stands for all of AWS's services.
class ProviderFixture : public AwsFixture {
 protected:
  using Request = testing::ScriptedRequest;
  using Connection = testing::ScriptedConnection;

  void SetUp() override {
    AwsFixture::SetUp();
    set("AWS_ENDPOINT_URL", server_.url());
    set("AWS_MAX_ATTEMPTS", "1");
  }

  /// What the server answers from now on; it is called for one request at a time.
  void answer_with(std::function<std::string(const Request&)> handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }
  void answer_with(std::string answer) {
    answer_with([answer = std::move(answer)](const Request&) { return answer; });
  }
  std::vector<Request> requests() const { return server_.requests(); }
  /// The fields of the last request's form.
  std::map<std::string, std::string> form() const {
    std::map<std::string, std::string> fields;
    for (auto& [name, value] : parse_query(requests().back().body)) fields[name] = value;
    return fields;
  }

 private:
  std::mutex mutex_;
  std::function<std::string(const Request&)> handler_ = [](const Request&) {
    return testing::answer(500, "the test has not said what to answer");
  };

 protected:
  testing::ScriptedServer server_{[this](const Request& request, Connection& connection) {
    const std::lock_guard lock(mutex_);
    const auto answer = handler_(request);
    if (answer.empty()) {
      connection.reset();
    } else {
      connection.send(answer);
    }
  }};
};

inline std::string sts_answer(std::string_view action, std::string_view key,
                              std::string_view expiration = "2120-01-01T00:00:00Z") {
  const std::string name(action);
  return testing::answer(200, "<" + name + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
                                  name + "Result><Credentials><AccessKeyId>" + std::string(key) +
                                  "</AccessKeyId><SecretAccessKey>secret-" + std::string(key) +
                                  "</SecretAccessKey><SessionToken>token-" + std::string(key) +
                                  "</SessionToken><Expiration>" + std::string(expiration) +
                                  "</Expiration></Credentials></" + name + "Result></" + name + "Response>");
}

inline std::string sts_error(int status, const std::string& code, const std::string& message) {
  return testing::answer(status, "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
                                     "</Code><Message>" + message +
                                     "</Message></Error><RequestId>rid-1</RequestId></ErrorResponse>");
}

}  // namespace wheelyard::auth
