#include "wheelyard/release/status.hpp"

#include <algorithm>

#include "wheelyard/release/intents.hpp"

namespace wheelyard::release {

namespace {

std::optional<std::uint64_t> releases_behind(const RankState& source, const Standing& standing) {
  if (source.current && source.current->release == standing.release) return 0;
  const auto found = std::ranges::find(source.earlier, standing.release, &Standing::release);
  if (found == source.earlier.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - source.earlier.begin()) + 1;
}

RankStatus rank_status(const PipelineState& state, const std::string& rank, const std::string* before) {
  RankStatus status;
  status.rank = rank;
  for (const auto& approval : state.approvals) {
    if (approval.rank == rank) status.approvals.push_back(approval);
  }
  const auto found = state.ranks.find(rank);
  if (found == state.ranks.end()) return status;
  status.standing = found->second.current;
  const auto seq = status.standing ? status.standing->seq : 0;
  status.settled = std::ranges::none_of(state.intents, [&](const Intent& intent) {
    return is_lay_out(intent, rank) && intent.seq == seq && !intent.helped;
  });
  if (!status.standing) return status;
  if (!found->second.document.empty()) {
    const auto manifest = version_from_json(found->second.document, "the state of " + state.name).manifest;
    status.size = manifest.size();
    status.files = manifest.files.size();
  }
  if (before == nullptr) return status;
  const auto source = state.ranks.find(*before);
  if (source != state.ranks.end()) status.behind = releases_behind(source->second, *status.standing);
  return status;
}

}  // namespace

NameStatus status_of(const PipelineState& state, const PipelineRules& rules, const PipelineOptions& options) {
  NameStatus status;
  status.name = state.name;
  status.seq = state.seq;
  status.intents = state.intents;
  std::erase_if(status.intents,
                [&](const Intent& intent) { return intent.helped || !is_open(state, intent, options); });
  const std::string* before = nullptr;
  for (const auto& rank : rules.ranks) {
    status.ranks.push_back(rank_status(state, rank.rank, before));
    before = &rank.rank;
  }
  for (const auto& [rank, held] : state.ranks) {
    if (rules.find(rank) != nullptr || !held.current) continue;
    status.ranks.push_back(rank_status(state, rank, nullptr));
    status.ranks.back().in_pipeline = false;
  }
  return status;
}

}  // namespace wheelyard::release
