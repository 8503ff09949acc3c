#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {

/// The version of this build: "0.1.0".
std::string_view program_version();

/// The whole program: finds the verb, parses, runs it, prints what went wrong. `arguments` as main gets them,
/// the program's name first: under a name that is a verb's own (s3pypi), it is that verb. Returns the exit
/// status.
int run_program(const std::vector<std::string>& arguments);

/// "there is no verb 'publsih'", with the nearest one as the hint. `group`: behind that one; null: at the
/// beginning.
UsageError unknown_verb(std::string_view name, const Verb* group = nullptr);

}  // namespace wheelyard::cli
