#pragma once

#include <string>
#include <string_view>

namespace wheelyard::test {

/// What a gzip member holds; "" and a test failure where it is none.
std::string gunzip(std::string_view packed);

}  // namespace wheelyard::test
