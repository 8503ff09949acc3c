#pragma once

#include <string>
#include <string_view>

namespace wheelyard::cli {

/// The version in a file name of a project (normalised name); "" where it has none.
std::string file_version(std::string_view filename, std::string_view project);

}  // namespace wheelyard::cli
