#include "wheelyard/package/member_path.hpp"

#include <algorithm>

#include "wheelyard/base/text.hpp"

namespace wheelyard::package {

std::optional<std::string> path_problem(std::string_view path) {
  if (path.empty()) return "has no name";
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return "has a control character in its name";
  }
  if (path.front() == '/' || path.front() == '\\') return "has an absolute path";
  if (path.size() >= 2 && is_alpha(path[0]) && path[1] == ':') return "has a path that begins with a drive";
  std::string slashes(path);
  std::ranges::replace(slashes, '\\', '/');
  for (const auto part : split(slashes, '/')) {
    if (part == "..") return "has \"..\" in its path";
  }
  return std::nullopt;
}

std::string clean_path(std::string_view path) {
  std::string result;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (!result.empty()) result.push_back('/');
    result.append(part);
  }
  return result;
}

bool link_stays_inside(std::string_view path, std::string_view target) {
  if (target.empty() || target.front() == '/' || target.find('\\') != std::string_view::npos) return false;
  // How far up it may go: the link's own folder has that many folders above it, up to the first one.
  std::ptrdiff_t folders = std::ranges::count(path, '/') - 1;
  bool descended = false;
  for (const auto part : split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (descended || --folders < 0) return false;
    } else {
      descended = true;
    }
  }
  return true;
}

}  // namespace wheelyard::package
