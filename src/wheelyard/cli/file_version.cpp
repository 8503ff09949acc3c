#include "wheelyard/cli/file_version.hpp"

#include "wheelyard/package/filename.hpp"

namespace wheelyard::cli {

std::string file_version(std::string_view filename, std::string_view project) {
  const auto parsed = package::parse_filename_of(filename, project);
  return parsed ? parsed->version.to_string() : "";
}

}  // namespace wheelyard::cli
