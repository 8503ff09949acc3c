#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::package {

/// What is wrong with an archive member's path for unpacking it anywhere ("is an absolute path", "holds
/// \"..\"", ...); none for a path that stays inside. Both "/" and "\" are taken for separators, as Windows
/// does.
std::optional<std::string> path_problem(std::string_view path);

/// The path without "." parts, doubled and trailing "/".
std::string clean_path(std::string_view path);

/// Whether a symbolic link at `path` (clean) with that target stays below the first folder of `path`. A
/// target that goes up behind a name ("a/../b") does not: what it means depends on what else is a link.
bool link_stays_inside(std::string_view path, std::string_view target);

}  // namespace wheelyard::package
