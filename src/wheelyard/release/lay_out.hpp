#pragma once

#include <chrono>
#include <string>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// Brings documented keys (`<rank>/<file>`) in line with what a rank holds, and strikes the intent out.
class LayOut {
 public:
  LayOut(const StateStore& states, const PipelineOptions& options) : states_(states), options_(options) {}

  enum class End {
    settled,     ///< the keys hold what the rank holds
    superseded,  ///< somebody else has put another release there and lays that out
  };
  /// `stored` holds the intent `id` for the rank.
  End run(StoredState stored, const std::string& rank, const std::string& id) const;

  /// Adds an intent for a rank's current release; returns its id.
  static std::string add_intent(PipelineState& state, const std::string& rank,
                                const PipelineOptions& options);

  /// Whether nobody works on an intent any more: its process is gone from this machine, or it is older than
  /// the patience (lay_out only; a push from elsewhere may take as long as it takes).
  bool is_abandoned(const Intent& intent) const;

 private:
  void align(const PipelineState& state, const std::string& rank) const;

  const StateStore& states_;
  const PipelineOptions& options_;
};

/// Ends what the dead have left of a name: keys are laid out, prunes are ended, pushes dropped. Returns the
/// state as it is then. With `all` it takes every intent of the kinds lay_out and prune for abandoned.
StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored,
                             bool all = false);

}  // namespace wheelyard::release
