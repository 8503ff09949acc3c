#include "wheelyard/auth/environment.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace wheelyard::auth {
namespace {

/// The home folder in the user database: of `user`, or of who runs this when it is empty.
std::optional<std::string> home_of(const std::string& user) {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (user.empty()) {
    getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found);
  } else {
    getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  }
  return found == nullptr ? std::nullopt : std::optional<std::string>(found->pw_dir);
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::optional<std::string> non_empty(const Environment& environment, std::string_view name) {
  auto value = environment(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::filesystem::path expand_user(std::string_view path, const Environment& environment) {
  if (!path.starts_with('~')) {
    return path;
  }
  const auto end = std::min(path.find('/'), path.size());
  const std::string user(path.substr(1, end - 1));
  auto home = user.empty() ? environment("HOME") : std::nullopt;
  if (!home) {
    home = home_of(user);
  }
  if (!home) {
    return path;
  }
  while (home->ends_with('/')) {
    home->pop_back();
  }
  home->append(path.substr(end));
  return home->empty() ? "/" : *home;
}

std::string expand_variables(std::string_view text, const Environment& environment) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    if (rest.front() != '$') {
      result += rest.front();
      ++at;
      continue;
    }
    std::size_t length = 1;
    std::string_view name;
    if (rest.starts_with("${")) {
      const auto close = rest.find('}');
      if (close != std::string_view::npos) {
        name = rest.substr(2, close - 2);
        length = close + 1;
      }
    } else {
      while (length < rest.size() && is_name_character(rest[length])) {
        ++length;
      }
      name = rest.substr(1, length - 1);
    }
    const auto value = name.empty() ? std::nullopt : environment(name);
    result.append(value ? *value : rest.substr(0, length));
    at += length;
  }
  return result;
}

}  // namespace wheelyard::auth
