#pragma once

#include <string>

#include "wheelyard/base/io.hpp"

namespace wheelyard::release {

/// The same bytes, digested on their way: a reader throws `corrupted` before it gives the last of them unless
/// they have that SHA-256 (hexadecimal). An upload of a file that was changed meanwhile never completes.
/// `what` names it.
SourcePtr checked_source(SourcePtr source, std::string sha256, std::string what);

}  // namespace wheelyard::release
