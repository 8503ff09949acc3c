#include "wheelyard/config/config_dirs.hpp"

#include "wheelyard/base/text.hpp"

namespace wheelyard::config {
namespace {

/// None where the variable is unset or blank.
std::optional<std::string> not_blank(const auth::Environment& environment, std::string_view name) {
  auto value = environment(name);
  return value && !trim(*value).empty() ? value : std::nullopt;
}

}  // namespace

std::filesystem::path user_config_dir(const auth::Environment& environment) {
  if (const auto named = not_blank(environment, "XDG_CONFIG_HOME")) return *named;
  return auth::expand_user("~/.config", environment);
}

std::vector<std::filesystem::path> system_config_dirs(const auth::Environment& environment) {
  const auto named = not_blank(environment, "XDG_CONFIG_DIRS").value_or("/etc/xdg");
  std::vector<std::filesystem::path> dirs;
  for (const auto dir : split(named, ':')) {
    if (!dir.empty()) dirs.emplace_back(dir);
  }
  return dirs;
}

}  // namespace wheelyard::config
