#include "wheelyard/release/past.hpp"

#include <algorithm>

namespace wheelyard::release {

void Past::catch_up(const StateStore& states, const PipelineState& state) {
  if (state.seq <= known_) return;
  states.walk_back(state, [&](const Entry& entry) {
    if (entry.seq <= known_) return false;
    take_in(entry);
    return true;
  });
  known_ = state.seq;
}

std::string Past::before_last_step(const std::string& rank) const {
  const auto found = steps_.find(rank);
  return found == steps_.end() ? "" : found->second.second;
}

void Past::take_in(const Entry& entry) {
  for (const auto& pruned : entry.pruned) {
    auto& release = releases_[pruned.version];
    release.reference = pruned;
    release.pruned = true;
  }
  if (entry.action == Action::approve || entry.action == Action::prune) return;
  auto& [last, before] = steps_[entry.rank];
  if (entry.seq > last) {
    last = entry.seq;
    before = entry.from ? entry.from->version : "";
  }
  if (entry.from) {
    auto& release = releases_[entry.from->version];
    release.reference = *entry.from;
    release.left = release.left ? std::max(*release.left, entry.at) : entry.at;
  }
  if (entry.to) {
    auto& release = releases_[entry.to->version];
    release.reference = *entry.to;
    auto& stood = release.stood[entry.rank];
    stood = std::max(stood, entry.seq);
  }
}

}  // namespace wheelyard::release
