#pragma once

#include <string>
#include <string_view>

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli::compat {

/// The help of a program in the layout of Python's argparse: usage, positional arguments, optional arguments.
/// `own`: how many options of the set are the program's own; -h comes first.
std::string argparse_help(std::string_view program, std::string_view summary, const OptionSet& set,
                          std::size_t own);

/// key="value" on one line: backslashes, quotes and control characters in the value are escaped.
std::string key_value(std::string_view key, std::string_view value);

}  // namespace wheelyard::cli::compat
