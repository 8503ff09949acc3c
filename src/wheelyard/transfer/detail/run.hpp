#pragma once

#include <functional>

#include "wheelyard/transfer/detail/context.hpp"

namespace wheelyard::transfer {

/// Runs what submits the work, and the work to its end. Where the submitting throws, what was submitted is
/// still done, and then it is thrown on: nothing of it is known to be wrong.
TransferReport run(const TransferOptions& options, const TransferSinks& sinks,
                   const std::function<void(Context&)>& submit);

}  // namespace wheelyard::transfer
