#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "wheelyard/server/message.hpp"

namespace wheelyard::server {

struct DaemonOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  unsigned max_connections = 1024;
  std::chrono::milliseconds first_request{20'000};  ///< for all headers of a connection's first request
  std::chrono::milliseconds next_request{60'000};   ///< between requests, headers of the next one included
  std::chrono::seconds stalled_client{120};  ///< an answer of which the client takes nothing for so long ends
};

/// What became of a request.
struct Outcome {
  int status = 0;
  std::uint64_t bytes = 0;  ///< of the body, handed to the system
  std::chrono::microseconds duration{0};
  std::string note;
};

/// HTTP/1.1 over libmicrohttpd, a thread a connection: an answer may block in a store without holding up
/// another.
class HttpDaemon {
 public:
  /// Both are called from any thread and never throw. `finished` comes last, once for every `handler` call.
  using Handler = std::function<Reply(const Request&, std::string& logged)>;
  using Finished = std::function<void(const Request&, const std::string& logged, const Outcome&)>;

  HttpDaemon(DaemonOptions options, Handler handler, Finished finished);
  ~HttpDaemon();  ///< stops

  /// Throws what listen_on throws.
  void start();
  std::uint16_t port() const;
  /// No new connections; requests that run get `grace` to end, then their connections are cut. False where
  /// some still hang in a store when two more seconds are over: their threads are left to themselves, and a
  /// program that is about to end should leave by _exit. Stopping twice is fine.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace wheelyard::server
