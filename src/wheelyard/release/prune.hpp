#pragma once

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

PruneReport prune(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
                  const PruneRequest& request);

/// Ends a prune that was begun: marks the version's document, deletes its bytes. The intent stays, for the
/// caller to strike out. May be done twice, by anybody.
void end_prune(const StateStore& states, const PipelineOptions& options, const std::string& name,
               const Reference& release);

}  // namespace wheelyard::release
