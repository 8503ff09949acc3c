#include "wheelyard/release/transitions.hpp"

#include <algorithm>
#include <iterator>

namespace wheelyard::release {

namespace {

constexpr std::size_t most_approvals = 100;

/// Takes those out that `matches`; an undo can put them back.
template <typename Matches>
void drop_earlier(RankState& rank, Matches matches) {
  for (const auto& standing : rank.earlier) {
    if (matches(standing)) rank.dropped.push_back(standing);
  }
  std::erase_if(rank.earlier, matches);
}

void forward(RankState& rank, const Standing& next) {
  rank.dropped.clear();
  const auto before = rank.current;
  rank.current = next;
  // A release is there once, and never beside the current one.
  drop_earlier(rank, [&](const Standing& other) {
    return other.release == next.release || (before && other.release == before->release);
  });
  if (!before || before->release == next.release) return;
  rank.earlier.insert(rank.earlier.begin(), *before);
  if (rank.earlier.size() <= earlier_limit) return;
  rank.dropped.push_back(rank.earlier.back());
  rank.earlier.pop_back();
}

/// What was rolled back from is no way back: it goes, with all that came after the target.
void back(RankState& rank, const Standing& target) {
  const auto found = std::ranges::find(rank.earlier, target.release, &Standing::release);
  if (found == rank.earlier.end()) {
    forward(rank, target);
    return;
  }
  rank.dropped.clear();
  const auto seq = found->seq;
  drop_earlier(rank, [&](const Standing& other) { return other.seq >= seq; });
  rank.current = target;
}

void undo(RankState& rank, const std::optional<Standing>& target) {
  rank.current = target;
  if (target) {
    std::erase_if(rank.earlier, [&](const Standing& other) { return other.release == target->release; });
  }
  rank.earlier.insert(rank.earlier.end(), rank.dropped.begin(), rank.dropped.end());
  rank.dropped.clear();
  std::sort(rank.earlier.begin(), rank.earlier.end(),
            [](const Standing& a, const Standing& b) { return a.seq > b.seq; });
}

/// An approval is for one promotion.
bool is_used(const Approval& approval, const Entry& entry) {
  return entry.action == Action::promote && approval.rank == entry.rank && approval.release == entry.to;
}

/// `approve` leaves it at one of each identity.
void give_back(PipelineState& state, const Approval& approval) {
  const auto is_there = [&](const Approval& other) {
    return other.rank == approval.rank && other.release == approval.release &&
           other.by.identity == approval.by.identity;
  };
  if (std::ranges::none_of(state.approvals, is_there)) state.approvals.push_back(approval);
}

}  // namespace

std::vector<Approval> used_approvals(const PipelineState& state, const Entry& entry) {
  std::vector<Approval> used;
  std::ranges::copy_if(state.approvals, std::back_inserter(used),
                       [&](const Approval& approval) { return is_used(approval, entry); });
  return used;
}

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
      for (const auto& approval : entry.approvals) give_back(state, approval);
      break;
    case Action::approve:
      if (entry.to) state.approvals.push_back({entry.rank, *entry.to, entry.by, entry.at, entry.note});
      break;
    case Action::prune:
      for (auto& [name, rank] : state.ranks) {
        const auto is_pruned = [&](const Standing& standing) {
          return std::ranges::find(entry.pruned, standing.release) != entry.pruned.end();
        };
        std::erase_if(rank.earlier, is_pruned);
        std::erase_if(rank.dropped, is_pruned);
      }
      break;
  }
  std::erase_if(state.approvals, [&](const Approval& approval) { return is_used(approval, entry); });
  const auto too_many = std::max(state.approvals.size(), most_approvals) - most_approvals;
  state.approvals.erase(state.approvals.begin(),
                        state.approvals.begin() + static_cast<std::ptrdiff_t>(too_many));
}

}  // namespace wheelyard::release
