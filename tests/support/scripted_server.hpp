#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wheelyard/base/text.hpp"

namespace wheelyard::testing {

/// What the server received.
struct ScriptedRequest {
  std::string method;
  std::string target;
  std::string head;  ///< request line and header fields, as they came
  std::string body;
  int connection = 0;  ///< which connection it came over, from 1

  /// The field's value, or "".
  std::string header(std::string_view name) const {
    for (auto line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon == std::string_view::npos || !equals_ignoring_case(line.substr(0, colon), name)) continue;
      return std::string(trim(line.substr(colon + 1)));
    }
    return {};
  }
};

/// The server's end of one connection, for handlers that write raw bytes.
class ScriptedConnection {
 public:
  ScriptedConnection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}

  /// False once the other side is gone or the server stops.
  bool send(std::string_view bytes) {
    while (!bytes.empty() && !stopping_) {
      pollfd ready{socket_, POLLOUT, 0};
      if (::poll(&ready, 1, 20) == 0) continue;
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno != EAGAIN) return false;
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return bytes.empty();
  }
  /// Some bytes; "" at the end.
  std::string receive() {
    while (!stopping_) {
      pollfd ready{socket_, POLLIN, 0};
      if (::poll(&ready, 1, 20) == 0) continue;
      char buffer[16 * 1024];
      const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
      return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : std::string();
    }
    return {};
  }
  void wait(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stopping_ && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  /// The other side sees an end, after all that was sent.
  void close() { open_ = false; }
  /// The other side sees a broken connection rather than an end.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    open_ = false;
    reset_ = true;
  }
  bool is_open() const { return open_; }

  /// Ends the connection. Bytes of the other side's that nobody has read would make a reset of the end, and
  /// take away from it what was sent: they are read, until it ends its side too.
  void finish() {
    if (!reset_ && ::shutdown(socket_, SHUT_WR) == 0) {
      const auto longest = std::chrono::steady_clock::now() + std::chrono::seconds(5);
      while (std::chrono::steady_clock::now() < longest && !receive().empty()) {
      }
    }
    ::close(socket_);
  }

 private:
  int socket_;
  const std::atomic<bool>& stopping_;
  bool open_ = true;
  bool reset_ = false;
};

/// An answer with its Content-Length; more header fields as "Name: value\r\n".
inline std::string answer(int status, std::string_view body = {}, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Status\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// A server on a free loopback port that plays what the test gives it: a handler is called for each request,
/// on the connection's own thread, and writes what it likes. Stops with its destructor.
class ScriptedServer {
 public:
  using Handler = std::function<void(const ScriptedRequest&, ScriptedConnection&)>;

  explicit ScriptedServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("the scripted server cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  /// Answers in this order, over all connections; the last one again and again.
  explicit ScriptedServer(std::vector<std::string> answers)
      : ScriptedServer(
            [this, answers = std::move(answers)](const ScriptedRequest&, ScriptedConnection& connection) {
              connection.send(answers[std::min(next_answer_++, answers.size() - 1)]);
            }) {}
  ~ScriptedServer() {
    stopping_ = true;
    acceptor_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_; }
  std::vector<ScriptedRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// What is sent when a request asks first ("Expect: 100-continue"); anything but a 100 ends the request
  /// there.
  void answer_expectations_with(std::string answer) { expectation_answer_ = std::move(answer); }
  /// What each connection is sent before anything was asked.
  void greet_with(std::string greeting) { greeting_ = std::move(greeting); }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const int one = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      threads_.emplace_back([this, socket, number = ++connections_] {
        ScriptedConnection connection(socket, stopping_);
        serve(connection, number);
        connection.finish();
      });
    }
  }

  void serve(ScriptedConnection& connection, int number) {
    std::string held;
    connection.send(greeting_);
    while (connection.is_open() && !stopping_) {
      ScriptedRequest request;
      request.connection = number;
      std::size_t end = 0;
      while ((end = held.find("\r\n\r\n")) == std::string::npos) {
        const auto more = connection.receive();
        if (more.empty()) return;
        held += more;
      }
      request.head = held.substr(0, end + 2);
      held.erase(0, end + 4);
      const auto first = split(std::string_view(request.head).substr(0, request.head.find('\r')), ' ');
      request.method = first[0];
      request.target = first.size() > 1 ? std::string(first[1]) : std::string();
      const auto length = request.header("Content-Length");
      const std::size_t size = length.empty() ? 0 : std::stoul(length);
      if (!request.header("Expect").empty()) {
        // On record ahead of the answer: whoever has the answer may ask for the record.
        const bool refused = !expectation_answer_.starts_with("HTTP/1.1 100");
        if (refused) record(request);
        connection.send(expectation_answer_);
        if (refused) continue;
      }
      while (held.size() < size) {
        const auto more = connection.receive();
        if (more.empty()) return;
        held += more;
      }
      request.body = held.substr(0, size);
      held.erase(0, size);
      record(request);
      handler_(request, connection);
    }
  }

  void record(const ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }

  Handler handler_;
  std::string expectation_answer_ = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string greeting_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<std::size_t> next_answer_{0};
  mutable std::mutex mutex_;
  std::vector<ScriptedRequest> requests_;
  std::vector<std::thread> threads_;  ///< the acceptor's, until it has ended
  std::thread acceptor_;
};

}  // namespace wheelyard::testing
