#include "wheelyard/server/route.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::server {
namespace {

constexpr std::size_t longest_path = 8192;
constexpr std::size_t longest_part = 255;  // no folder store keeps a longer one, so nothing has such a name

/// Takes a time that does not depend on where they differ.
bool equal_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

/// Sets the route for the decoded parts of a path; `folder`: it ended in a slash.
void match(Route& route, const std::vector<std::string>& parts, bool folder, const std::string& base) {
  using Kind = Route::Kind;
  const auto move_to = [&](const std::string& location) {
    route.kind = Kind::moved;
    route.location = base + location;
  };
  if (parts.empty()) {
    route.kind = Kind::home;
  } else if (parts.size() == 1 && parts[0] == "healthz" && !folder) {
    route.kind = Kind::health;
  } else if (parts.size() == 1 && parts[0] == "simple") {
    if (folder) {
      route.kind = Kind::root;
    } else {
      move_to("/simple/");
    }
  } else if (parts.size() == 2 && parts[0] == "simple" && package::is_valid_name(parts[1])) {
    route.project = package::normalize_name(parts[1]);
    if (folder && route.project == parts[1]) {
      route.kind = Kind::project;
    } else {
      move_to("/simple/" + route.project + "/");
    }
  } else if (parts.size() == 3 && parts[0] == "files" && !folder && package::is_normalized_name(parts[1])) {
    route.kind = Kind::file;
    route.project = parts[1];
    route.filename = parts[2];
  }
}

}  // namespace

Route parse_route(std::string_view path, std::string_view token) {
  Route route;
  if (path.empty() || path[0] != '/' || path.size() > longest_path || std::ranges::any_of(path, is_control)) {
    route.kind = Route::Kind::malformed;
    route.logged = token.empty() ? printable(path, 512) : "?";
    return route;
  }
  std::string base;
  if (!token.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    if (!equal_secret(path.substr(1, end - 1), token)) {
      // What stands there may be the token with a slip in it: it does not go to the log.
      route.logged = "?";
      return route;
    }
    base = "/" + std::string(token);
    path = end == path.size() ? "/" : path.substr(end);
  }
  route.logged = printable(path, 512);

  std::vector<std::string> parts;
  const bool folder = path.ends_with('/');
  for (std::size_t begin = 1; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    auto part = try_percent_decode(path.substr(begin, end - begin));
    if (!part) {
      route.kind = Route::Kind::malformed;
      return route;
    }
    const bool is_plain = index::is_safe_filename(*part) && part->size() <= longest_part;
    if (!is_plain || parts.size() == 3) return route;
    parts.push_back(std::move(*part));
    begin = end + 1;
  }
  match(route, parts, folder, base);
  return route;
}

std::string file_reference(std::string_view project, std::string_view filename) {
  return "../../files/" + percent_encode(project) + "/" + percent_encode(filename);
}

}  // namespace wheelyard::server
