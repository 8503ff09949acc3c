#include "wheelyard/http/client.hpp"

#include <algorithm>
#include <mutex>
#include <random>

#include "wheelyard/http/detail/exchange.hpp"
#include "wheelyard/http/detail/retry.hpp"
#include "wheelyard/http/detail/wait.hpp"

namespace wheelyard::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class BodyReader : public Reader {
 public:
  explicit BodyReader(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~BodyReader() override { exchange_->drain(); }
  std::size_t read(char* buffer, std::size_t capacity) override {
    return exchange_->read_body(buffer, capacity);
  }
  std::uint64_t copy_to(ByteSink& sink) override { return exchange_->copy_body(sink); }

 private:
  std::unique_ptr<Exchange> exchange_;
};

std::uint64_t dice() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return generator();
}

Response response_of(std::unique_ptr<Exchange> exchange, int attempts, bool earlier_may_have_acted) {
  Response response;
  response.status = exchange->status();
  response.headers = exchange->take_headers();
  response.content_length = exchange->content_length();
  response.body = std::make_unique<BodyReader>(std::move(exchange));
  response.earlier_attempt_may_have_acted = earlier_may_have_acted;
  response.attempts = attempts;
  return response;
}

/// The copy that an attempt works on.
Request without_prepare(const Request& request) {
  return {.method = request.method,
          .url = request.url,
          .headers = request.headers,
          .body = request.body,
          .idempotent = request.idempotent,
          .retry_on_conflict = request.retry_on_conflict,
          .prepare = {},
          .deadline = request.deadline};
}

bool says_slow_down(int status) {
  return status == 429 || status == 500 || status == 503;
}

[[noreturn]] void throw_transport_error(const Request& request, std::string reason, std::string hint,
                                        int attempt, bool may_have_acted) {
  if (attempt > 1) reason += ", in " + std::to_string(attempt) + " attempts";
  throw TransportError({.doing = "send " + request.method + " to",
                        .target = request.url.display(),
                        .reason = std::move(reason),
                        .hint = std::move(hint),
                        .http_status = 0,
                        .server_code = {},
                        .request_id = {}},
                       may_have_acted);
}

}  // namespace

std::string Response::read_body(std::uint64_t limit) {
  return read_all(*body, limit, "the server's answer");
}

struct Client::State {
  std::shared_ptr<const ClientOptions> options;
  std::once_flag pool_made;
  std::shared_ptr<ConnectionPool>
      pool;  ///< made at the first request: a client that is not used costs nothing

  const std::shared_ptr<ConnectionPool>& connections() {
    std::call_once(pool_made, [this] { pool = std::make_shared<ConnectionPool>(); });
    return pool;
  }

  void report(const Exchange& exchange, const std::optional<Failure>& failure, int attempt,
              steady_clock::time_point begun) const {
    if (!options->log) return;
    RequestLogEntry entry;
    entry.method = exchange.request().method;
    entry.url = exchange.request().url.display();
    entry.status = failure ? 0 : exchange.status();
    if (failure) entry.failure = failure->reason;
    entry.attempt = attempt;
    entry.duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun);
    entry.bytes_sent = exchange.bytes_sent();
    options->log(entry);
  }
};

Client::Client(ClientOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::make_shared<const ClientOptions>(std::move(options));
}
Client::~Client() = default;

const ClientOptions& Client::options() const {
  return *state_->options;
}

Response Client::send(const Request& request) {
  const RetryPolicy& policy = state_->options->retry;
  const auto deadline =
      request.deadline ? steady_clock::now() + *request.deadline : steady_clock::time_point::max();
  // Whether there is another attempt, and if so, waits for its time.
  const auto may_go_on = [&](int attempt, milliseconds delay) {
    if (attempt >= policy.attempts) return false;
    if (deadline != steady_clock::time_point::max() && steady_clock::now() + delay >= deadline) return false;
    return true;
  };

  const std::shared_ptr<Pacer> pacer = state_->options->pacer;
  const std::string origin = request.url.scheme + "://" + request.url.authority();
  bool may_have_acted = false;
  Exchange::Attempt how;
  for (int attempt = 1;; ++attempt) {
    const auto turn = pacer ? pacer->wait_for_turn(origin, deadline, state_->options->on_wait) : 0;
    if (!turn) {
      throw_transport_error(request,
                            "the server asks for fewer requests, and the request's deadline passes first",
                            "try again later, with less at once", attempt - 1, may_have_acted);
    }
    Request current = without_prepare(request);
    if (request.prepare) request.prepare(current);
    const auto begun = steady_clock::now();
    auto exchange =
        std::make_unique<Exchange>(state_->connections(), state_->options, std::move(current), how);
    const auto failure = exchange->await_headers(deadline);
    state_->report(*exchange, failure, attempt, begun);

    milliseconds delay = backoff(policy, attempt, dice());
    if (!failure) {
      const StatusVerdict verdict = judge_status(exchange->status(), request);
      milliseconds asked{0};
      if (const auto after = parse_retry_after(exchange->headers().get("Retry-After"), now())) {
        asked = std::min(*after, policy.longest_delay);
      }
      delay = std::max(delay, asked);
      if (pacer && says_slow_down(exchange->status())) {
        pacer->throttled(origin, *turn, asked);
      } else if (pacer) {
        pacer->accepted(origin);
      }
      if (!verdict.retry || !may_go_on(attempt, delay)) {
        return response_of(std::move(exchange), attempt, may_have_acted);
      }
      may_have_acted |= verdict.may_have_acted;
      exchange->drain();
    } else {
      may_have_acted |= failure->may_have_acted;
      if (failure->at_once) delay = milliseconds(0);
      const bool allowed = request.idempotent || !failure->may_have_acted;
      if (!failure->worth_retrying || !allowed || !may_go_on(attempt, delay)) {
        throw_transport_error(request, failure->reason, failure->hint, attempt, may_have_acted);
      }
      how.ask_before_large_body &= !failure->refused_expect;
      how.fresh_connection = failure->at_once;
    }
    exchange.reset();
    wait_until(steady_clock::now() + delay, state_->options->on_wait);
  }
}

}  // namespace wheelyard::http
