#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "wheelyard/http/client.hpp"
#include "wheelyard/index/repository.hpp"

namespace wheelyard::server {

/// One line of the request log.
struct AccessLogEntry {
  std::string client;
  std::string method;
  std::string path;  ///< without the secret token
  int status = 0;
  std::uint64_t bytes = 0;
  std::chrono::microseconds duration{0};
  std::string note;  ///< an error's message; may be empty
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one
  std::string path_token;  ///< not empty: everything lies under "/<token>/", anything else is 404
  std::string upstream;    ///< the simple index that other names are redirected to; empty: they are 404
  unsigned max_connections = 1024;
  std::function<void(const AccessLogEntry&)> log;  ///< called from any thread
};

/// A read-only simple index of a repository on loopback: /simple/, /simple/<name>/, /files/…, /healthz.
class Server {
 public:
  Server(std::shared_ptr<index::Repository> repository, ServerOptions options);
  ~Server();  ///< stops

  /// Binds and serves on threads of its own, which take no signals; throws `unavailable` when the port is
  /// taken.
  void start();
  std::uint16_t port() const;
  std::string index_url() const;  ///< "http://127.0.0.1:4711/<token>/simple/"
  /// No new connections; requests that run get `grace` to end, then their connections are cut. False where
  /// some still hang in a store that does not answer: a program that is about to end then leaves by
  /// std::_Exit, since their threads go on. Stopping twice is fine.
  bool stop(std::chrono::milliseconds grace = std::chrono::milliseconds{2000});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::server
