#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wheelyard::cli {

/// The distribution files that FILE arguments name: a file as it is, a folder's own wheels and sdists (not
/// those below its folders), and what a glob that the shell left alone matches. In the order given, each path
/// once. Throws Error `not_found` for an argument that names nothing.
std::vector<std::filesystem::path> find_distributions(const std::vector<std::string>& arguments);

/// Every path that a glob names, sorted; a pattern that is a path itself names that path.
std::vector<std::filesystem::path> expand_glob(const std::string& pattern);

}  // namespace wheelyard::cli
