#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::cli {

/// "8388608", "8M", "8MB", "8MiB", "1.5G", "10MiB/s": a unit is a power of 1024, as in the other tools for
/// buckets. None on anything else.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// "3600", "90s", "15m", "1h", "7d"; none on anything else.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// The same way back, in the largest unit that fits: "1h".
std::string duration_text(std::chrono::seconds span);

}  // namespace wheelyard::cli
