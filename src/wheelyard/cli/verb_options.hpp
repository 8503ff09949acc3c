#pragma once

#include <memory>

#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {

/// A verb's command with its whole table of options: its own, then the common ones.
struct VerbOptions {
  explicit VerbOptions(const Verb& verb);

  std::unique_ptr<Command> command;
  CommonOptions common;
  OptionSet set;
  std::size_t own = 0;  ///< how many of the options are the verb's own
};

/// The options that its help shows: its own, then those of the common ones that it uses.
std::vector<const Option*> shown_options(const Verb& verb, const VerbOptions& options);

}  // namespace wheelyard::cli
