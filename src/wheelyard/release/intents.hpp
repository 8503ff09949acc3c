#pragma once

#include <optional>
#include <set>
#include <string>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// An intent of this process, with an id of its own, begun now.
Intent new_intent(Intent::Kind kind, std::string rank, Reference release, const PipelineOptions& options);

/// Whether an intent is one to bring the rank's documented keys in line.
bool is_lay_out(const Intent& intent, const std::string& rank);

/// Whether any intent is to bring the rank's documented keys in line, those of the dead too.
bool has_lay_out(const PipelineState& state, const std::string& rank);

bool has_intent(const PipelineState& state, const std::string& id);

/// Whether nobody works on an intent any more: its process is gone from this machine, or it is older than the
/// patience (not of a push, which takes as long as it takes).
bool is_abandoned(const Intent& intent, const PipelineOptions& options);

/// Whether an intent to lay out is of what stands in its rank now, or the rank is empty.
bool is_current(const PipelineState& state, const Intent& intent);

/// Whether there is anything to do about an intent, or somebody at it: of the dead who laid a rank out only
/// where that release stands there still, and nobody has laid it out for them. The others only keep late
/// copies in mind.
bool is_open(const PipelineState& state, const Intent& intent, const PipelineOptions& options);

/// Whether what its process asked for may still be carried out though that has died: a server may be at a
/// copy or a delete for minutes.
bool may_take_effect(const Intent& intent, TimePoint at);

/// Strikes intents out, those that are there; returns the state as it is then. `stored`: where it was read.
StoredState strike_out(const StateStore& states, const std::string& name, std::optional<StoredState> stored,
                       const std::set<std::string>& ids);

}  // namespace wheelyard::release
