#pragma once

#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// What an entry makes of the ranks and approvals: the one place that knows. Steps use it to write, `verify`
/// to replay. Sets `seq`; leaves `document`, `laid_out`, `intents` and the entry's own text alone.
void apply(PipelineState& state, const Entry& entry);

/// The approvals that an entry would use up: an undo of it gives them back.
std::vector<Approval> used_approvals(const PipelineState& state, const Entry& entry);

}  // namespace wheelyard::release
