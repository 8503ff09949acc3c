#include "wheelyard/release/transitions.hpp"

#include <algorithm>

namespace wheelyard::release {

namespace {

constexpr std::size_t most_approvals = 100;

/// Puts a release ahead of those to go back to; it is there once.
void push_earlier(RankState& rank, const Standing& standing) {
  std::erase_if(rank.earlier, [&](const Standing& other) { return other.release == standing.release; });
  rank.earlier.insert(rank.earlier.begin(), standing);
  if (rank.earlier.size() > earlier_limit) rank.earlier.resize(earlier_limit);
}

void forward(RankState& rank, const Standing& next) {
  if (rank.current && rank.current->release != next.release) push_earlier(rank, *rank.current);
  std::erase_if(rank.earlier, [&](const Standing& other) { return other.release == next.release; });
  rank.current = next;
}

/// What was rolled back from is no way back: it goes, with all that came after the target.
void back(RankState& rank, const Standing& target) {
  const auto found = std::ranges::find(rank.earlier, target.release, &Standing::release);
  if (found == rank.earlier.end()) {
    forward(rank, target);
    return;
  }
  rank.earlier.erase(rank.earlier.begin(), found + 1);
  rank.current = target;
}

void undo(RankState& rank, const std::optional<Standing>& target) {
  const auto undone = rank.current;
  rank.current = target;
  if (!target) return;
  if (!rank.earlier.empty() && rank.earlier.front().release == target->release) {
    rank.earlier.erase(rank.earlier.begin());
  } else if (undone) {
    push_earlier(rank, *undone);  // a rollback was undone: its target is a way back again
  }
}

}  // namespace

void apply(PipelineState& state, const Entry& entry) {
  state.seq = entry.seq;
  std::optional<Standing> next;
  if (entry.to) next = Standing{*entry.to, entry.seq, entry.at, entry.by};
  switch (entry.action) {
    case Action::push:
    case Action::promote:
    case Action::adopt:
      if (next) forward(state.ranks[entry.rank], *next);
      break;
    case Action::rollback:
      if (next) back(state.ranks[entry.rank], *next);
      break;
    case Action::undo:
      undo(state.ranks[entry.rank], next);
      break;
    case Action::approve:
      if (entry.to) state.approvals.push_back({entry.rank, *entry.to, entry.by, entry.at, entry.note});
      if (state.approvals.size() > most_approvals) state.approvals.erase(state.approvals.begin());
      break;
    case Action::prune:
      for (auto& [name, rank] : state.ranks) {
        std::erase_if(rank.earlier, [&](const Standing& standing) {
          return std::ranges::find(entry.pruned, standing.release) != entry.pruned.end();
        });
      }
      break;
  }
  // An approval is for one promotion.
  if (entry.action == Action::promote && entry.to) {
    std::erase_if(state.approvals, [&](const Approval& approval) {
      return approval.rank == entry.rank && approval.release == *entry.to;
    });
  }
}

}  // namespace wheelyard::release
