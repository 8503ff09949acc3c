#pragma once

#include <optional>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Ends what the dead have left of a name: keys are laid out, prunes are ended, pushes dropped (their bytes
/// stay for whoever pushes the same again, or for `verify --repair`). Returns the state as it is then.
/// Helping the dead keeps nobody from what he has come for: what cannot be ended (the disk is full, bytes are
/// lost, he may not write there) is left as it is for somebody else, and `failure` tells the last of it. Only
/// a cancellation, and a state that cannot be read or written, are thrown.
StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored,
                             std::optional<Error>* failure = nullptr);

}  // namespace wheelyard::release
