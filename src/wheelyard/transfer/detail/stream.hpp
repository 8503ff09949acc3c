#pragma once

#include "wheelyard/transfer/detail/context.hpp"

namespace wheelyard::transfer {

/// Standard input into an object or a file, which appears when the input has ended.
void copy_from_stream(Context& context, const Place& target);
/// An object or a file to standard output.
void copy_to_stream(Context& context, const Place& source);

}  // namespace wheelyard::transfer
