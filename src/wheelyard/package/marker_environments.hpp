#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/marker.hpp"

namespace wheelyard::package {

/// The platforms that have a name here.
inline constexpr std::array<std::string_view, 3> platform_names = {"linux", "macos", "windows"};

/// What is known where one of these Pythons ("3.11", "3.11.4") runs on one of these platforms: an environment
/// for each pair, and what is empty is unknown. Throws `invalid_argument` on anything else.
std::vector<MarkerEnvironment> marker_environments(const std::vector<std::string>& pythons,
                                                   const std::vector<std::string>& platforms);

}  // namespace wheelyard::package
