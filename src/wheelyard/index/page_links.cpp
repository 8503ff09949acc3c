#include "wheelyard/index/page_links.hpp"

#include <algorithm>
#include <vector>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::index {
namespace {

/// "https" of "https://…", lower case; "" of a relative reference.
std::string scheme_of(std::string_view url) {
  std::size_t colon = url.find_first_of(":/?#");
  if (colon == std::string_view::npos || url[colon] != ':') return {};
  return to_lower(url.substr(0, colon));
}

std::string_view path_of(std::string_view url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

std::string file_url(std::string_view filename) {
  return percent_encode(filename);
}

bool is_link_url(std::string_view url) {
  auto bad = [](char c) { return is_control(c) || c == ' ' || c == '\\'; };
  if (url.empty() || url.front() == ':' || std::any_of(url.begin(), url.end(), bad)) return false;
  std::string scheme = scheme_of(url);
  return scheme.empty() || scheme == "http" || scheme == "https" || scheme == "file";
}

bool is_safe_filename(std::string_view filename) {
  if (filename.empty() || filename == "." || filename == "..") return false;
  return std::none_of(filename.begin(), filename.end(),
                      [](char c) { return is_control(c) || c == '/' || c == '\\'; });
}

std::string url_filename(std::string_view url) {
  std::string_view path = path_of(url);
  auto filename = try_percent_decode(path.substr(path.rfind('/') + 1));
  return filename && is_safe_filename(*filename) ? *filename : std::string();
}

std::optional<std::string> resolve_link(std::string_view prefix, std::string_view page_key,
                                        std::string_view url) {
  if (!page_key.starts_with(prefix) || !scheme_of(url).empty() || !is_link_url(url)) return std::nullopt;
  std::string_view path = path_of(url);
  if (path.empty() || path.starts_with('/')) return std::nullopt;

  std::vector<std::string> parts;
  std::string_view folder = page_key.substr(prefix.size());
  folder = folder.substr(0, folder.rfind('/') + 1);
  if (!folder.empty()) {
    for (auto part : split(folder.substr(0, folder.size() - 1), '/')) parts.emplace_back(part);
  }
  auto steps = split(path, '/');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    bool last = i + 1 == steps.size();
    auto step = try_percent_decode(steps[i]);
    if (!step) return std::nullopt;
    if (!last && *step == ".") continue;
    if (!last && *step == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
      continue;
    }
    if (!is_safe_filename(*step)) return std::nullopt;
    parts.push_back(*step);
  }
  std::string key(prefix);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) key += '/';
    key += parts[i];
  }
  return key;
}

std::string relative_link(std::string_view page_key, std::string_view key) {
  std::size_t common = 0;
  for (std::size_t i = 0; i < page_key.size() && i < key.size() && page_key[i] == key[i]; ++i) {
    if (key[i] == '/') common = i + 1;
  }
  std::string link;
  auto rest = page_key.substr(common);
  for (auto levels = std::count(rest.begin(), rest.end(), '/'); levels > 0; --levels) link += "../";
  return link + percent_encode(key.substr(common), "/");
}

}  // namespace wheelyard::index
