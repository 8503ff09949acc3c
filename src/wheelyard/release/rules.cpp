#include "wheelyard/release/rules.hpp"

#include <algorithm>
#include <set>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/refused.hpp"

namespace wheelyard::release {

namespace {

constexpr std::string_view example = "name them in order, as in qa,staging,production";

[[noreturn]] void refuse(std::string doing, std::string target, std::string reason) {
  throw Error(ErrorCode::invalid_argument, std::move(doing), std::move(target), std::move(reason),
              std::string(example));
}

/// The first name that comes a second time; "" for none.
std::string find_double(const PipelineRules& rules) {
  std::set<std::string_view> seen;
  for (const auto& rank : rules.ranks) {
    if (!seen.insert(rank.rank).second) return rank.rank;
  }
  return {};
}

bool has_rules(const RankRules& rank) {
  return !rank.may_skip.empty() || rank.minimum_time.count() != 0 || rank.note || rank.approvals != 0 ||
         !rank.commands.empty();
}

}  // namespace

void RankRules::check_gates() const {
  const auto refuse_gate = [](std::string target, std::string reason, std::string hint) {
    throw Error(ErrorCode::invalid_argument, "use", std::move(target), std::move(reason), std::move(hint));
  };
  const std::string of_rank = " of the rank '" + printable(rank, 250) + "'";
  std::set<std::string_view> seen;
  for (const auto& gate : commands) {
    if (trim(gate.name).empty())
      refuse_gate("the gates" + of_rank, "one has no name", "give it one, for messages and the history");
    const std::string which = "the gate '" + printable(gate.name, 250) + "'" + of_rank;
    if (!seen.insert(gate.name).second)
      refuse_gate(which, "it is there twice", "give each gate of a rank a name of its own");
    if (gate.command.empty())
      refuse_gate(which, "it has no command", "give it a command, or leave the gate out");
  }
}

void PipelineRules::check() const {
  if (ranks.empty()) refuse("use", "the pipeline", "it has no ranks");
  for (const auto& rank : ranks) {
    check_rank_name(rank.rank);
    rank.check_gates();
  }
  if (const auto twice = find_double(*this); !twice.empty())
    refuse("use", "the pipeline", "it has the rank '" + twice + "' twice");
  if (has_rules(ranks.front())) {
    throw Error(ErrorCode::invalid_argument, "use", "the rules of the rank '" + ranks.front().rank + "'",
                "it is the first rank, into which releases are pushed: rules are for promotions",
                "move them to the rank that they are to guard");
  }
}

const RankRules* PipelineRules::find(std::string_view rank) const {
  const auto found = std::ranges::find(ranks, rank, &RankRules::rank);
  return found == ranks.end() ? nullptr : &*found;
}

std::size_t PipelineRules::index_of(std::string_view rank) const {
  const auto found = std::ranges::find(ranks, rank, &RankRules::rank);
  if (found != ranks.end()) return static_cast<std::size_t>(found - ranks.begin());
  std::vector<std::string> known;
  for (const auto& one : ranks) known.push_back(one.rank);
  throw Refused(Refusal::unknown_rank, "find", "the rank '" + printable(rank, 250) + "'",
                "the pipeline has no such rank", "its ranks are " + join(known, ", "));
}

PipelineRules rules_from_ranks(std::string_view text, std::string_view origin) {
  const std::string target = "the ranks in " + std::string(origin);
  if (trim(text).empty()) refuse("use", target, "there are none in it");
  PipelineRules rules;
  for (const auto part : split(text, ',')) {
    const auto rank = trim(part);
    if (rank.empty()) refuse("use", target, "one of them is empty");
    try {
      check_rank_name(rank);
    } catch (const Error& error) {
      throw Error(error.code(), "use", target,
                  "'" + printable(rank, 250) + "' cannot be a rank, " + error.details().reason, error.hint());
    }
    rules.ranks.push_back({.rank = std::string(rank)});
  }
  if (const auto twice = find_double(rules); !twice.empty())
    refuse("use", target, "'" + twice + "' is there twice");
  return rules;
}

}  // namespace wheelyard::release
