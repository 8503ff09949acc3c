#pragma once

#include <filesystem>
#include <vector>

#include "wheelyard/auth/environment.hpp"

namespace wheelyard::config {

/// XDG_CONFIG_HOME, else ~/.config.
std::filesystem::path user_config_dir(const auth::Environment& environment);
/// XDG_CONFIG_DIRS, else /etc/xdg, in the order in which they stand.
std::vector<std::filesystem::path> system_config_dirs(const auth::Environment& environment);

}  // namespace wheelyard::config
