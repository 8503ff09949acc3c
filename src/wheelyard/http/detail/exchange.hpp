#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "wheelyard/http/client.hpp"
#include "wheelyard/http/detail/connection_pool.hpp"
#include "wheelyard/http/detail/failure.hpp"

namespace wheelyard::http {

/// One attempt of a request, from its first byte to the last of the answer's body. libcurl runs only inside
/// of its functions, on the caller's thread; the body waits in at most 256 KiB until it is read.
class Exchange {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Attempt {
    bool ask_before_large_body = true;  ///< with Expect: 100-continue
    bool fresh_connection = false;      ///< a kept one has just failed
  };

  /// The request is ready to be sent: its `prepare` is not called.
  Exchange(std::shared_ptr<ConnectionPool> pool, std::shared_ptr<const ClientOptions> options,
           Request request, const Attempt& attempt);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Runs until the answer's headers are in; a Failure where none came. Throws what the request's body
  /// throws.
  std::optional<Failure> await_headers(SteadyTime deadline);

  const Request& request() const { return request_; }
  int status() const { return status_; }
  Headers take_headers() { return std::move(headers_); }
  const Headers& headers() const { return headers_; }
  std::optional<std::uint64_t> content_length() const { return content_length_; }
  std::uint64_t bytes_sent() const;

  /// As Reader::read.
  std::size_t read_body(char* buffer, std::size_t capacity);
  /// As Reader::copy_to.
  std::uint64_t copy_body(ByteSink& sink);
  /// Reads a short rest, so that the connection can carry another request.
  void drain() noexcept;

 private:
  enum class Wait { ready, deadline, stalled, slow };

  void configure(const Attempt& attempt);
  void configure_proxy();
  void configure_headers(const Attempt& attempt);
  void configure_body();
  template <typename Value>
  void set(CURLoption option, Value value);

  bool is_too_slow();
  std::string describe(Wait wait) const;
  Wait run_until(const std::function<bool()>& ready, SteadyTime deadline);
  void tell_of_wait();
  void perform();
  void resume();
  void check_end(Wait wait);
  void finish(CURLcode result);
  void release() noexcept;
  Failure failure_of(CURLcode code) const;
  [[noreturn]] void throw_broken_body(const std::string& reason) const;

  std::size_t on_header(std::string_view line);
  bool on_header_field(std::string_view line);
  bool on_headers_end();
  std::size_t on_body(const char* data, std::size_t size);
  std::size_t on_upload(char* buffer, std::size_t capacity);
  int on_sending();

  const CurlLibrary& curl_;
  std::shared_ptr<ConnectionPool> pool_;
  std::unique_ptr<Channel> channel_;  ///< null once the exchange is over
  std::shared_ptr<const ClientOptions> options_;
  Request request_;
  std::unique_ptr<Reader> upload_;
  std::uint64_t uploaded_ = 0;
  curl_slist* request_headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  int status_ = 0;
  Headers headers_;
  std::size_t header_bytes_ = 0;
  std::optional<std::uint64_t> content_length_;
  std::uint64_t bytes_sent_ = 0;
  std::chrono::steady_clock::duration waited_{};  ///< in the present window of `slow_time`
  std::uint64_t moved_before_ = 0;                ///< bytes, up to the window's start
  SteadyTime body_deadline_ = SteadyTime::max();
  bool asked_first_ = false;
  bool sending_ = false;
  bool old_connection_closed_ = false;
  bool headers_complete_ = false;
  bool progressed_ = false;
  bool paused_ = false;
  bool draining_ = false;
  SteadyTime told_of_wait_ = std::chrono::steady_clock::now();
  std::string refused_because_;  ///< what this side found wrong with the answer
  std::exception_ptr local_failure_;
  std::optional<CURLcode> result_;  ///< set once libcurl is done
  long os_error_ = 0;

  char* target_ = nullptr;  ///< where a read that is under way wants its bytes
  std::size_t target_left_ = 0;
  ByteSink* sink_ = nullptr;  ///< where a copy that is under way wants all of the bytes
  std::string buffer_;        ///< bytes that came before they were asked for
  std::size_t buffer_start_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace wheelyard::http
