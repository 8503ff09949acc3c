#include "wheelyard/http/detail/retry.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/text.hpp"

namespace wheelyard::http {

std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, std::uint64_t dice) {
  auto ceiling = policy.first_delay;
  for (int i = 1; i < attempt && ceiling < policy.longest_delay; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, policy.longest_delay);
  if (ceiling.count() <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(dice % (static_cast<std::uint64_t>(ceiling.count()) + 1));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, TimePoint now) {
  value = trim(value);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    long seconds = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    constexpr long day = 86'400;
    return std::chrono::seconds(failure == std::errc() ? std::min(seconds, day) : day);
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(*date - now));
}

StatusVerdict judge_status(int status, const Request& request) {
  switch (status) {
    case 408:  // the server gave up waiting for the request
    case 429:
      return {.retry = true, .may_have_acted = false};
    case 500:
    case 502:
    case 503:
    case 504:
      return {.retry = request.idempotent, .may_have_acted = true};
    case 409:
      return {.retry = request.retry_on_conflict, .may_have_acted = request.retry_on_conflict};
    default:
      return {};
  }
}

}  // namespace wheelyard::http
