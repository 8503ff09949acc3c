#pragma once

#include <string>

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// --acl, as every verb that writes has it.
void declare_acl(OptionSet& options, std::string& acl);

}  // namespace wheelyard::cli
