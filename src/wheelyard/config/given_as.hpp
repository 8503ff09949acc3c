#pragma once

#include <string>
#include <string_view>

namespace wheelyard::config {

/// How values that go before environment and file are given, so that messages speak of what can be written.
enum class GivenAs {
  options,    ///< on a command line: --store s3://bucket
  arguments,  ///< by a program: store="s3://bucket"
};

/// "--store" or "store=".
std::string given_name(GivenAs given_as, std::string_view name);
/// "--store s3://bucket" or "store="s3://bucket"", the value as it would be typed.
std::string given_value(GivenAs given_as, std::string_view name, std::string_view value);

}  // namespace wheelyard::config
