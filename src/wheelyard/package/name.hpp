#pragma once

#include <string>
#include <string_view>

namespace wheelyard::package {

/// PEP 508: ASCII letters, digits, "-", "_", "."; begins and ends with a letter or digit.
bool is_valid_name(std::string_view name);
/// PEP 503: lower case, each run of "-", "_", "." one "-". Does not check.
std::string normalize_name(std::string_view name);
/// Whether it is a valid name and in its normalised form already: safe as one part of a key or a path.
bool is_normalized_name(std::string_view name);

}  // namespace wheelyard::package
