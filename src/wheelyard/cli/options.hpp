#pragma once

#include <string>

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// What every verb understands, before or after its name.
struct CommonOptions {
  std::string repo;
  std::string endpoint_url;
  std::string region;
  std::string profile;
  bool no_sign_request = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool help = false;
  bool version = false;
};

/// Which of them a verb has a use for. All are accepted by every verb; the help shows these.
enum class CommonUse {
  repository,  ///< all
  store,       ///< all but --repo
  none,        ///< --json and --help
};

/// Declares all of them, --repo included.
void declare_common_options(OptionSet& set, CommonOptions& options);
/// Whether the help of a verb of that kind shows the option.
bool is_used(const Option& option, CommonUse use);

}  // namespace wheelyard::cli
