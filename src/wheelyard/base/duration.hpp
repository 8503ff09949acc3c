#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard {

/// "3600", "90s", "15m", "1h", "7d"; none on anything else.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// The same way back, in the largest unit that fits: "1h".
std::string duration_text(std::chrono::seconds span);
/// For a person, in the largest unit, rounded down: "3 days", "1 hour", "12 seconds".
std::string spoken_duration(std::chrono::seconds span);

}  // namespace wheelyard
