#pragma once

#include <string>

#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {

/// The help of the program: what it is, its verbs, the common options.
std::string program_help();
/// A verb's help: usage, description, arguments, options, examples.
std::string verb_help(const Verb& verb);
/// The same of all verbs as one page: docs/cli.md.
std::string markdown_help();

}  // namespace wheelyard::cli
