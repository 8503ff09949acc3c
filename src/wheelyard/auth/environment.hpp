#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::auth {

/// Reads an environment variable; tests pass their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
/// The process's own environment.
Environment process_environment();

/// The variable's value where it is set to something; none where it is unset or empty.
std::optional<std::string> non_empty(const Environment& environment, std::string_view name);

/// "~", "~/x" and "~user/x" as the shell and Python's `os.path.expanduser` read them: HOME, else the user
/// database.
std::filesystem::path expand_user(std::string_view path, const Environment& environment);
/// "$NAME" and "${NAME}" as Python's `os.path.expandvars` reads them: a variable that is not set stays as it
/// stands.
std::string expand_variables(std::string_view text, const Environment& environment);

}  // namespace wheelyard::auth
