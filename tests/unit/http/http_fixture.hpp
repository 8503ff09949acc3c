#pragma once

#include <cstdlib>

#include "support/closed_port.hpp"
#include "support/scripted_server.hpp"

#include "wheelyard/http/client.hpp"

namespace wheelyard::http {

using std::chrono::milliseconds;
using wheelyard::testing::answer;
using wheelyard::testing::ClosedPort;
using wheelyard::testing::ScriptedConnection;
using wheelyard::testing::ScriptedRequest;
using wheelyard::testing::ScriptedServer;

/// Options under which attempts follow one another at once, whatever proxy the environment names.
inline ClientOptions quick() {
  ::setenv("NO_PROXY", "*", 1);
  ClientOptions options;
  options.connect_timeout = milliseconds(30'000);
  options.stall_timeout = milliseconds(30'000);
  options.retry = {.attempts = 3, .first_delay = milliseconds(1), .longest_delay = milliseconds(5)};
  return options;
}

inline Request request(std::string method, const std::string& url, SourcePtr body = nullptr) {
  Request made;
  made.method = std::move(method);
  made.url = Url::parse(url);
  made.body = std::move(body);
  return made;
}

}  // namespace wheelyard::http
