#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// What a name's history tells of its releases: which there were, where they stood, and since when no rank
/// holds them.
class Past {
 public:
  struct Release {
    Reference reference;
    bool pruned = false;
    std::optional<TimePoint> left;               ///< when a rank last gave it up
    std::map<std::string, std::uint64_t> stood;  ///< rank → the last entry that put it there
  };

  /// Reads the entries that it does not know yet. Throws `corrupted` where the chain is broken.
  void catch_up(const StateStore& states, const PipelineState& state);

  /// Every release that a rank has held, by version.
  const std::map<std::string, Release>& releases() const { return releases_; }
  /// What a rank held before its last step; "" for nothing.
  std::string before_last_step(const std::string& rank) const;

 private:
  void take_in(const Entry& entry);

  std::uint64_t known_ = 0;
  std::map<std::string, Release> releases_;
  std::map<std::string, std::pair<std::uint64_t, std::string>> steps_;  ///< rank → its last entry, its `from`
};

}  // namespace wheelyard::release
