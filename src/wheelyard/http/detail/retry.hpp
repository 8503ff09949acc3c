#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::http {

/// Full jitter: evenly from nothing to `first_delay` doubled `attempt - 1` times, at most `longest_delay`.
/// `dice` is a random number.
std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, std::uint64_t dice);

/// Retry-After (RFC 9110 section 10.2.3): seconds or a date; never less than nothing.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, TimePoint now);

/// What an answer with this status means for another attempt.
struct StatusVerdict {
  bool retry = false;
  bool may_have_acted = false;
};
StatusVerdict judge_status(int status, const Request& request);

}  // namespace wheelyard::http
