#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace wheelyard::server {

/// The open connections, so that none that only waits can keep others out. A connection waits from its
/// opening, or the end of its last answer, until all headers of a request are in; one that waits too long is
/// shut down, whether it is silent or sends a byte now and then. When nearly all places are taken, the one
/// that has waited longest gives up its place. Thread-safe.
class ConnectionTable {
 public:
  struct Limits {
    std::size_t connections = 1024;
    std::chrono::milliseconds first_request{20'000};  ///< from the opening
    std::chrono::milliseconds next_request{60'000};   ///< from the end of the last answer
  };

  explicit ConnectionTable(Limits limits);
  ~ConnectionTable();

  /// The socket stays the caller's, and open until `closed`.
  void opened(int socket);
  void request_begun(int socket);
  void request_ended(int socket);
  void closed(int socket);

  std::size_t size() const;
  std::size_t running() const;  ///< requests that were begun and have not ended
  /// Waits until no request runs; false when the time is over.
  bool wait_until_quiet(std::chrono::milliseconds longest);

 private:
  using Clock = std::chrono::steady_clock;

  struct Connection {
    bool running = false;
    bool shut = false;
    bool fresh = true;  ///< no request yet
    Clock::time_point since;
  };

  void sweep();
  void shut_longest_waiting();
  void shut(int socket, Connection& connection);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<int, Connection> connections_;
  std::size_t running_ = 0;
  std::size_t shut_ = 0;  ///< shut down and not closed yet
  bool stopping_ = false;
  std::thread sweeper_;
};

}  // namespace wheelyard::server
