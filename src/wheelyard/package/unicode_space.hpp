#pragma once

#include <string_view>

namespace wheelyard::package {

// White space as Python's `str.isspace` has it, in UTF-8: `packaging` trims versions and specifiers by that.

/// Without white space at both ends.
std::string_view trim_unicode(std::string_view text);
bool has_unicode_space(std::string_view text);

}  // namespace wheelyard::package
