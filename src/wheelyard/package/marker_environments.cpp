#include "wheelyard/package/marker_environments.hpp"

#include <algorithm>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/package/version.hpp"

namespace wheelyard::package {
namespace {

MarkerEnvironment of_python(const std::string& version) {
  const auto parts = split(version, '.');
  const bool numbers = std::ranges::all_of(
      parts, [](std::string_view part) { return !part.empty() && std::ranges::all_of(part, is_digit); });
  if (!numbers || parts.size() < 2 || parts.size() > 3) {
    throw Error(ErrorCode::invalid_argument, "understand", "'" + printable(version) + "'",
                "it is no version of Python", "write it like this: 3.11 (or 3.11.4)");
  }
  MarkerEnvironment environment;
  environment["python_version"] = std::string(parts[0]) + "." + std::string(parts[1]);
  if (parts.size() == 3) environment["python_full_version"] = version;
  return environment;
}

void add_platform(MarkerEnvironment& environment, const std::string& platform) {
  if (std::ranges::find(platform_names, platform) == platform_names.end()) {
    throw Error(ErrorCode::invalid_argument, "understand", "'" + printable(platform) + "'",
                "it is no platform's name", "it is one of linux, macos and windows");
  }
  const bool windows = platform == "windows";
  const bool mac = platform == "macos";
  environment["sys_platform"] = windows ? "win32" : mac ? "darwin" : "linux";
  environment["platform_system"] = windows ? "Windows" : mac ? "Darwin" : "Linux";
  environment["os_name"] = windows ? "nt" : "posix";
}

}  // namespace

std::vector<MarkerEnvironment> marker_environments(const std::vector<std::string>& pythons,
                                                   const std::vector<std::string>& platforms) {
  std::vector<MarkerEnvironment> with_python;
  for (const auto& python : pythons) with_python.push_back(of_python(python));
  if (platforms.empty()) return with_python;
  if (with_python.empty()) with_python.emplace_back();
  std::vector<MarkerEnvironment> all;
  for (const auto& environment : with_python) {
    for (const auto& platform : platforms) {
      all.push_back(environment);
      add_platform(all.back(), platform);
    }
  }
  return all;
}

}  // namespace wheelyard::package
