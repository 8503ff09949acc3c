#pragma once

#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// SPEC of yank, unyank and remove.
Argument spec_argument();

}  // namespace wheelyard::cli
