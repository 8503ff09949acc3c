#pragma once

#include <map>
#include <string>

#include "wheelyard/auth/aws_config.hpp"

namespace wheelyard::cli {

/// How a variable of the child differs from ours.
struct ChildEnvironment {
  std::map<std::string, std::string> set;
  std::vector<std::string> unset;
};

/// What makes pip, uv, pdm, pipenv and hatch (which runs pip or uv) install from `index_url` alone. Further indexes
/// that the environment or pip's files name are switched off: they would answer for names of the repository too.
ChildEnvironment installer_environment(const std::string& index_url, const auth::Environment& environment);

/// The variables that it sets, each with what reads it: for the help.
std::string installer_environment_help();

}  // namespace wheelyard::cli
