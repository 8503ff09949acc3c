#pragma once

#include <optional>

#include "wheelyard/auth/environment.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {

/// The default index that uv's user and system files name
/// (https://docs.astral.sh/uv/concepts/configuration-files/): an `[[index]]` with `default = true`, else
/// `index-url` of `[pip]`, else `index-url`, each of the user's file first. UV_CONFIG_FILE replaces both
/// files, UV_NO_CONFIG leaves them out. Throws `invalid_argument` on a file that is not TOML, naming file and
/// line.
std::optional<Setting> uv_default_index(const auth::Environment& environment);

}  // namespace wheelyard::config
