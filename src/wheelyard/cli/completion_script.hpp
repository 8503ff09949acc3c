#pragma once

#include <string>

namespace wheelyard::cli {

/// A script that makes the shell complete verbs, options, their values and file names, from the tables of
/// options.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace wheelyard::cli
