#pragma once

#include <string>
#include <vector>

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// SPEC of yank, unyank and remove.
Argument spec_argument();

/// Throws WrongInput for one that cannot be read, before anything is asked of the repository.
void check_specs(const std::vector<std::string>& specs);

}  // namespace wheelyard::cli
