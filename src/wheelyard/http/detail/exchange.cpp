#include "wheelyard/http/detail/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "wheelyard/base/text.hpp"

namespace wheelyard::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t most_buffered = 256 * 1024;
constexpr std::size_t most_header_bytes = 256 * 1024;
constexpr std::size_t most_header_fields = 1'000;
constexpr std::size_t most_drained = 64 * 1024;
constexpr milliseconds longest_drain{250};
constexpr milliseconds between_tells{200};

}  // namespace

Exchange::Exchange(std::shared_ptr<ConnectionPool> pool, std::shared_ptr<const ClientOptions> options,
                   Request request, const Attempt& attempt)
    : curl_(CurlLibrary::get()),
      pool_(std::move(pool)),
      channel_(pool_->take(request.url.scheme + "://" + request.url.authority())),
      options_(std::move(options)),
      request_(std::move(request)) {
  try {
    configure(attempt);
  } catch (...) {
    release();
    throw;
  }
}

Exchange::~Exchange() {
  release();
}

std::optional<Failure> Exchange::await_headers(SteadyTime deadline) {
  const Wait wait = run_until([this] { return headers_complete_; }, deadline);
  if (local_failure_) {
    release();
    std::rethrow_exception(local_failure_);
  }
  if (headers_complete_) {
    // What is there already is taken along: most answers end here, and the connection is free at once.
    if (!result_) perform();
    return std::nullopt;
  }
  Failure failure;
  if (wait == Wait::deadline) {
    failure.reason = "the request's deadline has passed";
    failure.worth_retrying = false;
  } else if (wait != Wait::ready) {
    failure.reason = describe(wait);
    failure.hint = "the server or the network hangs: try again later";
  } else {
    failure = failure_of(*result_);
  }
  failure.may_have_acted = sending_ && !failure.refused_expect;
  release();
  return failure;
}

std::size_t Exchange::read_body(char* buffer, std::size_t capacity) {
  if (capacity == 0) return 0;
  if (const std::size_t held = buffer_.size() - buffer_start_; held > 0) {
    const std::size_t count = std::min(held, capacity);
    std::memcpy(buffer, buffer_.data() + buffer_start_, count);
    buffer_start_ += count;
    if (buffer_start_ == buffer_.size()) {
      buffer_.clear();
      buffer_start_ = 0;
    }
    return count;
  }
  target_ = buffer;
  target_left_ = capacity;
  Wait wait = Wait::ready;
  if (!result_) {
    resume();
    wait = run_until([&] { return target_left_ < capacity; }, body_deadline_);
  }
  const std::size_t count = capacity - target_left_;
  target_ = nullptr;
  target_left_ = 0;
  if (count == 0) check_end(wait);
  return count;
}

std::uint64_t Exchange::copy_body(ByteSink& sink) {
  std::string held = std::exchange(buffer_, {});
  const std::size_t start = std::exchange(buffer_start_, 0);
  const std::uint64_t before = received_ - (held.size() - start);
  if (start < held.size()) sink.write(std::string_view(held).substr(start));
  held = {};
  Wait wait = Wait::ready;
  if (!result_) {
    sink_ = &sink;
    resume();
    wait = run_until([] { return false; }, body_deadline_);
    sink_ = nullptr;
  }
  check_end(wait);
  return received_ - before;
}

void Exchange::resume() {
  if (!paused_) return;
  paused_ = false;
  curl_.easy_pause(channel_->easy, CURLPAUSE_CONT);
}

/// No more bytes come: throws unless all of them have come.
void Exchange::check_end(Wait wait) {
  if (wait != Wait::ready) {
    release();
    result_ = CURLE_OPERATION_TIMEDOUT;
    refused_because_ = describe(wait);
  }
  if (local_failure_) std::rethrow_exception(local_failure_);
  if (result_ != CURLE_OK) throw_broken_body(failure_of(*result_).reason);
  if (content_length_ && request_.method != "HEAD" && received_ != *content_length_ && status_ != 304 &&
      status_ != 204) {
    throw_broken_body("the body has another length than the answer says");
  }
}

void Exchange::drain() noexcept {
  if (result_ || (content_length_ && *content_length_ > most_drained)) return;
  try {
    draining_ = true;
    body_deadline_ = steady_clock::now() + longest_drain;
    std::array<char, 4096> scratch;
    std::size_t total = 0;
    while (const std::size_t count = read_body(scratch.data(), scratch.size())) {
      total += count;
      if (total > most_drained) return;
    }
  } catch (...) {
    // The connection is closed instead.
  }
}

Exchange::Wait Exchange::run_until(const std::function<bool()>& ready, SteadyTime deadline) {
  auto last_progress = steady_clock::now();
  for (;;) {
    progressed_ = false;
    perform();
    if (result_ || ready()) return Wait::ready;
    const auto now = steady_clock::now();
    // Until the connection is there, libcurl's connect time-out counts.
    if (progressed_ || !sending_) last_progress = now;
    if (now >= deadline) return Wait::deadline;
    if (now - last_progress >= options_->stall_timeout) return Wait::stalled;
    const auto left = std::min(deadline - now, last_progress + options_->stall_timeout - now);
    const milliseconds longest = options_->on_wait ? between_tells : milliseconds(10'000);
    const auto wait = std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds(1), longest);
    curl_.multi_poll(channel_->multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    if (sending_) waited_ += steady_clock::now() - now;
    if (is_too_slow()) return Wait::slow;
    tell_of_wait();
  }
}

void Exchange::tell_of_wait() {
  if (!options_->on_wait || draining_) return;
  const auto now = steady_clock::now();
  if (now - told_of_wait_ < between_tells) return;
  told_of_wait_ = now;
  try {
    options_->on_wait();
  } catch (...) {
    release();
    result_ = CURLE_ABORTED_BY_CALLBACK;
    throw;
  }
}

/// Only time spent waiting for the network counts: neither a caller that takes its time between two reads nor
/// the source of an upload makes a slow connection.
bool Exchange::is_too_slow() {
  const bool measured =
      headers_complete_ ? content_length_.has_value() : request_.body && uploaded_ < request_.body->size();
  const auto window = measured ? options_->slow_time : 10 * options_->slow_time;
  if (waited_ < window) return false;
  const std::uint64_t moved = received_ + uploaded_ + header_bytes_;
  const double needed =
      static_cast<double>(options_->least_speed) * std::chrono::duration<double>(waited_).count();
  const bool slow = static_cast<double>(moved - moved_before_) < needed;
  waited_ = {};
  moved_before_ = moved;
  return slow;
}

std::string Exchange::describe(Wait wait) const {
  if (wait == Wait::slow) {
    return "it moved more slowly than " + std::to_string(options_->least_speed) + " bytes a second for " +
           std::to_string(options_->slow_time.count()) + " ms";
  }
  return "nothing moved for " + std::to_string(options_->stall_timeout.count()) + " ms";
}

void Exchange::perform() {
  int running = 0;
  const CURLMcode code = curl_.multi_perform(channel_->multi, &running);
  if (code != CURLM_OK) return finish(CURLE_OUT_OF_MEMORY);
  if (running > 0) return;
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(channel_->multi, &left)) {
    if (message->msg == CURLMSG_DONE) return finish(message->data.result);
  }
}

void Exchange::finish(CURLcode result) {
  curl_.easy_getinfo(channel_->easy, CURLINFO_OS_ERRNO, &os_error_);
  result_ = result;
  release();
}

void Exchange::release() noexcept {
  if (!channel_) return;
  bytes_sent_ = bytes_sent();
  curl_.multi_remove_handle(channel_->multi, channel_->easy);
  // Where anything went wrong or was left unread, the connection is closed, and its handles go with it.
  if (result_ == CURLE_OK) pool_->give_back(std::move(channel_));
  channel_.reset();
  curl_.slist_free_all(request_headers_);
  request_headers_ = nullptr;
  upload_.reset();
}

std::uint64_t Exchange::bytes_sent() const {
  if (!channel_) return bytes_sent_;
  long header_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_.easy_getinfo(channel_->easy, CURLINFO_REQUEST_SIZE, &header_bytes);
  curl_.easy_getinfo(channel_->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
  return static_cast<std::uint64_t>(header_bytes) + static_cast<std::uint64_t>(body_bytes);
}

Failure Exchange::failure_of(CURLcode code) const {
  Failure failure;
  if (old_connection_closed_) {
    failure.reason = "the server closed the kept connection before it answered";
    failure.at_once = true;
  } else if (!refused_because_.empty()) {
    failure.reason = refused_because_;
    failure.worth_retrying = false;
  } else if (asked_first_ && status_ == 417) {
    failure.reason = "the server does not know Expect: 100-continue";
    failure.at_once = failure.refused_expect = true;
  } else {
    failure =
        describe_failure(code, os_error_, error_text_.data(), request_.url.host, request_.url.authority());
  }
  return failure;
}

void Exchange::throw_broken_body(const std::string& reason) const {
  std::string place = "after " + std::to_string(received_);
  if (content_length_) place += " of " + std::to_string(*content_length_);
  throw Error(ErrorCode::unavailable, {.doing = "read the answer of",
                                       .target = request_.url.display(),
                                       .reason = reason + ", " + place + " bytes",
                                       .hint = "try again",
                                       .http_status = status_,
                                       .server_code = {},
                                       .request_id = {}});
}

std::size_t Exchange::on_header(std::string_view line) {
  progressed_ = true;
  if (headers_complete_) return line.size();  // trailers
  header_bytes_ += line.size();
  if (header_bytes_ > most_header_bytes || headers_.fields().size() >= most_header_fields) {
    refused_because_ = "the answer's headers are larger than is allowed";
    return 0;
  }
  const std::size_t size = line.size();
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return on_headers_end() ? size : 0;
  if (line.starts_with("HTTP/") && headers_.fields().empty()) {
    const auto space = line.find(' ');
    const auto digits = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
    status_ = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), status_);
    return size;
  }
  return on_header_field(line) ? size : 0;
}

bool Exchange::on_header_field(std::string_view line) {
  const auto colon = line.find(':');
  if (is_space(line.front()) || colon == std::string_view::npos) {
    refused_because_ = "the answer has a malformed header line";
    return false;
  }
  headers_.add(std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1))));
  return true;
}

bool Exchange::on_headers_end() {
  if (status_ < 200) {  // 100 Continue and the like: the answer is still to come
    headers_ = {};
    return true;
  }
  if (status_ == 417 && asked_first_) return false;
  if (!headers_.find("Transfer-Encoding")) {
    for (const auto& [name, value] : headers_.fields()) {
      if (!equals_ignoring_case(name, "Content-Length")) continue;
      std::uint64_t length = 0;
      const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (failure != std::errc() || end != value.data() + value.size() ||
          (content_length_ && *content_length_ != length)) {
        refused_because_ = "the answer's Content-Length makes no sense";
        return false;
      }
      content_length_ = length;
    }
  }
  headers_complete_ = true;
  return true;
}

std::size_t Exchange::on_body(const char* data, std::size_t size) {
  progressed_ = true;
  if (sink_ != nullptr) {
    try {
      sink_->write({data, size});
    } catch (...) {
      local_failure_ = std::current_exception();
      return 0;
    }
    received_ += size;
    return size;
  }
  if (buffer_.size() - buffer_start_ + size > most_buffered + target_left_) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const std::size_t direct = std::min(size, target_left_);
  if (direct > 0) {
    std::memcpy(target_, data, direct);
    target_ += direct;
    target_left_ -= direct;
  }
  buffer_.append(data + direct, size - direct);
  received_ += size;
  return size;
}

std::size_t Exchange::on_upload(char* buffer, std::size_t capacity) {
  progressed_ = true;
  try {
    const std::uint64_t left = request_.body->size() - uploaded_;
    if (left == 0) return 0;
    if (!upload_) upload_ = request_.body->open();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left));
    const std::size_t count = upload_->read(buffer, wanted);
    if (count == 0) {
      throw Error(ErrorCode::corrupted, "send a body to", request_.url.display(),
                  "it ended before its " + std::to_string(request_.body->size()) + " bytes");
    }
    uploaded_ += count;
    return count;
  } catch (...) {
    local_failure_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

/// libcurl is about to send. A second time means that it found its kept connection closed and wants to try
/// another by itself: whether the server acted on the first is open then, and that is for Client to decide.
int Exchange::on_sending() {
  progressed_ = true;
  if (sending_) {
    old_connection_closed_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  sending_ = true;
  return CURL_PREREQFUNC_OK;
}

}  // namespace wheelyard::http
