#pragma once

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Ends what the dead have left of a name: keys are laid out, prunes are ended, pushes dropped (their bytes
/// stay for whoever pushes the same again, or for `verify --repair`). Returns the state as it is then.
StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored);

}  // namespace wheelyard::release
