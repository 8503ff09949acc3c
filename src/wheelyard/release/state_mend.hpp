#pragma once

#include <optional>
#include <string>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// A name's state for `verify`: as it is there or, where it is missing or cannot be read and repairs are
/// wanted, made anew from the history. None where there is none to go on with: told, unless nothing of the
/// name is there.
///
/// The history is the evidence: it has to be whole. A last step whose entry's object was never written (its
/// process died right after the swap) cannot be known; the documented keys tell, and are put back. Everything
/// that a lost state had begun counts as begun: keys are laid out, prunes are ended by what comes after.
std::optional<StoredState> find_or_mend_state(const StateStore& states, const PipelineRules& rules,
                                              const PipelineOptions& options, Findings& findings,
                                              const std::string& name);

}  // namespace wheelyard::release
