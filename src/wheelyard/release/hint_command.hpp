#pragma once

#include <string>
#include <string_view>

namespace wheelyard::release {

/// How a hint names a command about a release: "'wheelyard release verify my.tar.gz --deep'".
std::string hint_command(std::string_view verb, std::string_view name, std::string_view options = {});

}  // namespace wheelyard::release
