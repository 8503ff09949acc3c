#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::auth {

/// A line in words as a POSIX shell splits it, quotes and backslashes resolved (Python's `shlex.split`):
/// section names such as `profile "two words"` are written so. None where a quote is not closed.
std::optional<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace wheelyard::auth
