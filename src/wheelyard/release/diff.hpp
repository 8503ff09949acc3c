#pragma once

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// `Pipeline::diff`. Files of the same digest are not read at all; of the others, those that are zip or tar
/// archives are fetched, held against the manifest, and compared member by member, by their contents'
/// digests. What belongs to what is told in counterparts.hpp.
///
/// Throws Refused: `unknown_release` for a rank that holds nothing or a version that is not there, `pruned`.
DiffReport diff(const StateStore& states, const PipelineRules& rules, const DiffRequest& request,
                std::size_t workers);

}  // namespace wheelyard::release
