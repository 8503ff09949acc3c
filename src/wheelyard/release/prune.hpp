#pragma once

#include <string>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Gives up the bytes of releases that no rank holds and no rollback window needs: of each rank, the release
/// that stands there and the `keep` before it stay, and whatever an intent names.
PruneReport prune(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
                  const PruneRequest& request);

/// Ends what an intent to prune has begun: marks the version's document and deletes its bytes. Of a version
/// without digest, which no rank ever held (a dead push), the document goes too. Returns whether the intent
/// may be struck out. May be done twice, by anybody.
///
/// A version that was pruned is never pushed again, so a delete that comes late hits nothing. What a dead
/// push left may be pushed again: its intent stays until no delete of a dead process can be under way any
/// more.
bool end_prune(const StateStore& states, const PipelineOptions& options, const std::string& name,
               const Intent& intent);

/// Deletes what a dead push has stored, under an intent of its own, unless somebody pushes that version or a
/// rank has held it. Whether it did.
bool remove_leftovers(const StateStore& states, const PipelineOptions& options, const std::string& name,
                      const std::string& version);

}  // namespace wheelyard::release
