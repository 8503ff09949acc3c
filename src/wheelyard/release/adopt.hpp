#pragma once

#include <optional>
#include <string>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// What another program (s3p) has put into the ranks under that name, taken over: a state with an `adopt`
/// entry for each rank that holds it. None where there is nothing.
std::optional<StoredState> adopt(const StateStore& states, const PipelineRules& rules,
                                 const PipelineOptions& options, const std::string& name);

/// The same for those who only look: nothing is written and no bytes are read, so digests are empty.
std::optional<PipelineState> look_at_legacy(const StateStore& states, const PipelineRules& rules,
                                            const std::string& name);

}  // namespace wheelyard::release
