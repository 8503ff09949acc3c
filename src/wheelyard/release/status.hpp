#pragma once

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_json.hpp"

namespace wheelyard::release {

/// What a state says of each rank.
NameStatus status_of(const PipelineState& state, const PipelineRules& rules, const PipelineOptions& options);

}  // namespace wheelyard::release
