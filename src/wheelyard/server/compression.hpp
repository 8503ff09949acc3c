#pragma once

#include <string>
#include <string_view>

namespace wheelyard::server {

/// A gzip member (RFC 1952), made fast rather than small. Pages are made once for each change and go a short
/// way.
std::string gzip(std::string_view bytes);

}  // namespace wheelyard::server
