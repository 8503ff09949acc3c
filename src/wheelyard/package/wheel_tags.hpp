#pragma once

#include <string_view>

#include "wheelyard/package/archive/fault.hpp"
#include "wheelyard/package/distribution.hpp"
#include "wheelyard/package/filename.hpp"

namespace wheelyard::package {

/// Checks the WHEEL file: Wheel-Version 1.x, and the tags against those in the file name.
void check_wheel_file(std::string_view text, const Filename& filename, const Fault& fault,
                      Distribution& result);

}  // namespace wheelyard::package
