#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wheelyard {

/// The word of `known` that a misspelled one was probably meant to be; "" where none is near.
std::string nearest_word(std::string_view given, const std::vector<std::string>& known);

/// "did you mean 'production'?"; "" where none is near.
std::string did_you_mean(std::string_view given, const std::vector<std::string>& known);

}  // namespace wheelyard
