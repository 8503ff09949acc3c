#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/auth/environment.hpp"

namespace wheelyard::server {

/// One variable of a child's environment that differs from ours.
struct EnvironmentChange {
  std::string name;
  std::optional<std::string> value;  ///< none: the variable is taken away
  std::string why;                   ///< for `-v`: "pip's index"
};

/// What makes the installers that a command may run ask this index and no other: pip (and what runs it: pipx,
/// tox, hatch, build), uv, pdm, pipenv, and poetry where it has poetry-plugin-pypi-mirror (poetry itself
/// takes sources from pyproject.toml only). Variables that would mix a further index in are neutralised,
/// pip's configuration files included: a name that the repository holds must come from nowhere else. Where a
/// proxy is set, loopback is exempted from it. Nothing here holds a credential.
std::vector<EnvironmentChange> index_environment(const std::string& index_url,
                                                 const auth::Environment& environment);

/// "NAME=value" strings with the changes made: a child's whole environment.
std::vector<std::string> apply_changes(std::vector<std::string> environment,
                                       const std::vector<EnvironmentChange>& changes);
/// The process's own, as apply_changes takes it.
std::vector<std::string> environment_strings();

}  // namespace wheelyard::server
