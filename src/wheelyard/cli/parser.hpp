#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// The place of the verb among `arguments` (the program's name left out): the first that is neither an option
/// nor the value of an option in `known`. None where there is no verb.
std::optional<std::size_t> find_verb_position(const std::vector<std::string>& arguments,
                                              const OptionSet& known);

/// Parses the arguments (verb left out) by the table and stores every value. Throws UsageError. Where
/// `--help` is among them nothing but flags is stored: a missing argument is no error then.
void parse_arguments(const std::vector<std::string>& arguments, const OptionSet& set);

}  // namespace wheelyard::cli
