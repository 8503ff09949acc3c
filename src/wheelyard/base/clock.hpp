#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

TimePoint now();
/// Where a function needs the time it takes one of these, so that tests can set it.
using Clock = std::function<TimePoint()>;

/// RFC 3339 in UTC: "2026-11-21T09:18:25.000000Z" (PEP 700's upload-time).
std::string to_rfc3339(TimePoint time);
/// Accepts "Z" and offsets, with or without a fraction. Empty on anything else.
std::optional<TimePoint> parse_rfc3339(std::string_view text);
/// RFC 9110's IMF-fixdate: "Sat, 21 Nov 2026 09:18:25 GMT".
std::string to_http_date(TimePoint time);
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace wheelyard
