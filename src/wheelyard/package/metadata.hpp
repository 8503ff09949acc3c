#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard::package {

/// Core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/), read as RFC 822 headers.
/// Bytes that are not UTF-8 are kept as they are.
struct Metadata {
  std::vector<std::pair<std::string, std::string>> fields;  ///< in order; continuation lines joined
  std::string get(std::string_view name) const;             ///< the first of that name (case ignored), or ""
};

/// Throws `corrupted` where there are no headers at all.
Metadata parse_metadata(std::string_view text, std::string_view what);

}  // namespace wheelyard::package
