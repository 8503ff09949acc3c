#pragma once

#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// What an entry makes of the ranks and approvals: the one place that knows. Steps use it to write, `verify`
/// to replay. Sets `seq`; leaves `document`, `laid_out`, `intents` and the entry's own text alone.
void apply(PipelineState& state, const Entry& entry);

}  // namespace wheelyard::release
