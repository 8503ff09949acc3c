#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::cli {

/// "8388608", "8M", "8MB", "8MiB", "1.5G", "10MiB/s": a unit is a power of 1024, as in the other tools for
/// buckets. None on anything else.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace wheelyard::cli
