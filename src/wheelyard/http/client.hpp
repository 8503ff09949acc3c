#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/http/pacer.hpp"

namespace wheelyard::http {

/// Header fields in order; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  void add(std::string name, std::string value);  ///< keeps fields of the same name
  void set(std::string name, std::string value);  ///< replaces them
  void remove(std::string_view name);
  const std::string* find(std::string_view name) const;  ///< the first, or null
  std::string_view get(std::string_view name) const;     ///< its value, or ""
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct RetryPolicy {
  int attempts = 3;  ///< in all; 1 means no retry. A request's own deadline ends them too.
  std::chrono::milliseconds first_delay{50};  ///< doubles each time, full jitter
  std::chrono::milliseconds longest_delay{20'000};
};

/// What was seen of one attempt: the line that `-v` prints. Holds no secret.
struct RequestLogEntry {
  std::string method;
  std::string url;  ///< Url::display()
  int status = 0;   ///< 0: no answer
  std::string failure;
  int attempt = 1;
  std::chrono::microseconds duration{0};  ///< to the end of the answer's headers
  std::uint64_t bytes_sent = 0;
};
using RequestLog = std::function<void(const RequestLogEntry&)>;

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  /// With no byte in either direction for this long, the attempt has failed.
  std::chrono::milliseconds stall_timeout{60'000};
  /// A body, in either direction, that moves more slowly than this many bytes a second over `slow_time` of
  /// waiting for it has failed too; 0: however slow. An answer that does not say how long it is gets ten
  /// times as long: S3 sends spaces while it puts a large object together.
  std::uint64_t least_speed = 1'024;
  std::chrono::milliseconds slow_time{60'000};
  RetryPolicy retry;
  /// Holds all requests to a host back once it has answered one with 429, 500 or 503 ("slow down").
  std::shared_ptr<Pacer> pacer = Pacer::of_process();
  std::string ca_bundle;  ///< a file or a folder; empty: the system's
  bool verify_tls = true;
  std::string proxy;  ///< empty: as HTTP(S)_PROXY and NO_PROXY say
  /// Never through a proxy, whatever the environment says: for servers of this very machine.
  bool direct = false;
  std::string user_agent = "wheelyard";
  RequestLog log;  ///< called from any thread
  /// Called some times a second by a thread that waits for the network or for its next attempt: the place to
  /// give up. What it throws ends the request and is thrown on.
  std::function<void()> on_wait;
};

struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;
  SourcePtr body;  ///< null: none. Its size is sent as Content-Length.
  /// May be sent again after a failure that leaves open whether the server acted (time-out, broken
  /// connection, 5xx). A request that cannot have reached the server is always tried again.
  bool idempotent = true;
  /// A 409 is the server's "try again" (S3's ConditionalRequestConflict).
  bool retry_on_conflict = false;
  /// Called before every attempt, on a copy of the request: signs it with the time of that attempt.
  std::function<void(Request&)> prepare;
  /// From the first attempt to the end of the answer's headers; none: only the stall time-out holds.
  std::optional<std::chrono::milliseconds> deadline;
};

/// An answer whose headers are in and whose body is still to be read. Destroying it gives the connection back
/// (or closes it, if the body was not read to the end).
struct Response {
  int status = 0;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  /// Never null; `copy_to` hands out libcurl's own buffer. Ends with `unavailable` if the connection breaks
  /// or the body is short. Where the answer has neither a length nor chunks, a body that is cut off cannot be
  /// told from a whole one: check its digest.
  std::unique_ptr<Reader> body;
  /// An earlier attempt failed in a way that leaves open whether the server acted on it.
  bool earlier_attempt_may_have_acted = false;
  int attempts = 1;

  /// Reads the rest of the body, at most `limit` bytes.
  std::string read_body(std::uint64_t limit);
};

/// HTTP/1.1 over libcurl, with pooled keep-alive connections. Thread-safe. Redirects are never followed.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Any status is an answer, not an error (408, 429, 500, 502, 503 and 504 once the attempts are used up).
  /// Throws `unavailable` when no answer came; its details say whether the server may have acted.
  Response send(const Request& request);

  const ClientOptions& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Thrown by Client::send when no answer came.
class TransportError : public Error {
 public:
  TransportError(Details details, bool may_have_acted)
      : Error(ErrorCode::unavailable, std::move(details)), may_have_acted_(may_have_acted) {}
  /// The request, or an earlier attempt of it, may have reached the server.
  bool may_have_acted() const noexcept { return may_have_acted_; }

 private:
  bool may_have_acted_;
};

}  // namespace wheelyard::http
