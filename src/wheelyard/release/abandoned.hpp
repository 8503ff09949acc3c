#pragma once

#include <map>
#include <string>
#include <utility>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// What somebody has died at: the kind of work, and the rank of a laying out, or the version.
using AbandonedWork = std::pair<Intent::Kind, std::string>;

AbandonedWork work_of(const Intent& intent);

/// Why work could not be ended.
using HelpFailures = std::map<AbandonedWork, Error>;

/// Ends what the dead have left of a name: keys are laid out, prunes are ended, pushes dropped (their bytes
/// stay for whoever pushes the same again, or for `verify --repair`). Returns the state as it is then.
/// Helping the dead keeps nobody from what he has come for: what cannot be ended (the disk is full, bytes are
/// lost, he may not write there) is left as it is for somebody else, and `failures` tells of it. Only a
/// cancellation, and a state that cannot be read or written, are thrown.
StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored,
                             HelpFailures* failures = nullptr);

}  // namespace wheelyard::release
