#include "wheelyard/release/state_mend.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/detail/json_members.hpp"
#include "wheelyard/release/history_check.hpp"
#include "wheelyard/release/lay_out.hpp"

namespace wheelyard::release {

namespace {

/// Whoever adopts a name writes entries before the state: they are given time.
constexpr int most_waits = 10;
constexpr std::chrono::milliseconds wait{50};

/// Whether it is of a format that a later version of Wheelyard made: nothing that we may write over.
bool is_newer(const std::string& text) {
  try {
    const auto parsed = detail::Members::parse(text, "the state");
    return detail::Members(parsed, "the state").number("format") > 1;
  } catch (const Error&) {
    return false;
  }
}

class StateMend {
 public:
  StateMend(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
            Findings& findings, const std::string& name)
      : states_(states), rules_(rules), options_(options), findings_(findings), name_(name) {}

  std::optional<StoredState> run() {
    try {
      if (auto stored = states_.find(name_)) return stored;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      return unreadable(error.what());
    }
    return missing();
  }

 private:
  std::optional<StoredState> unreadable(const std::string& why) {
    const auto key = states_.layout().state(name_);
    const auto damaged = store::find_bytes(states_.store(), key, most_document_bytes);
    if (!damaged) return missing();
    Problem problem{.kind = "unreadable",
                    .name = name_,
                    .item = "state.json",
                    .detail = why,
                    .action = "keep a copy, and make it anew from the history"};
    if (is_newer(damaged->bytes)) {
      problem.action = "a later version of Wheelyard has written it: use that one";
      findings_.add_lasting(std::move(problem));
      return std::nullopt;
    }
    const auto fresh = rebuild(problem);
    if (!fresh) return std::nullopt;
    findings_.add(std::move(problem), [&] {
      auto stamp = to_rfc3339(options_.clock());
      std::erase_if(stamp, [](char c) { return c == ':' || c == '-' || c == '.'; });
      const auto copy = states_.layout().damaged(name_, stamp);
      states_.store().put(copy, bytes_source(damaged->bytes));
      write(*fresh, damaged->info.etag);
      return "made anew from the history; the damaged one lies at " + states_.store().describe(copy);
    });
    return after_repair();
  }

  std::optional<StoredState> missing() {
    for (int i = 0; i < most_waits; ++i) {
      if (entry_numbers(states_, name_).empty()) return unfinished_adoption();
      std::this_thread::sleep_for(wait);
      if (auto stored = states_.find(name_)) return stored;
    }
    if (store::find_info(states_.store(), states_.layout().adoption(name_))) return unfinished_adoption();
    Problem problem{.kind = "state_missing",
                    .name = name_,
                    .item = "state.json",
                    .detail = "there is a history, and no state",
                    .action = "make it anew from the history"};
    const auto fresh = rebuild(problem);
    if (!fresh) return std::nullopt;
    findings_.add(std::move(problem), [&] {
      write(*fresh, std::nullopt);
      return "";
    });
    return after_repair();
  }

  /// A take-over whose process died before its one swap.
  std::optional<StoredState> unfinished_adoption() {
    if (!store::find_info(states_.store(), states_.layout().adoption(name_))) return std::nullopt;
    findings_.add({.kind = "pending",
                   .name = name_,
                   .item = "adoption.json",
                   .detail = "what another program had put into the ranks was being taken over",
                   .action = "end it"},
                  [&] {
                    adopt(states_, rules_, options_, name_);
                    return "";
                  });
    return after_repair();
  }

  std::optional<StoredState> after_repair() const {
    return findings_.repairs() ? states_.find(name_) : std::nullopt;
  }

  /// None where the history does not allow it: told.
  std::optional<PipelineState> rebuild(const Problem& problem) {
    HistoryCheck history(states_, findings_, options_.workers, name_);
    const auto numbers = entry_numbers(states_, name_);
    if (!numbers.empty()) history.read(numbers.back());
    if (!history.whole() || numbers.empty()) {
      auto lasting = problem;
      lasting.action = numbers.empty() ? "bring it back from a backup: there is no history to make it from"
                                       : "bring it back from a backup, or the history first";
      findings_.add_lasting(std::move(lasting));
      return std::nullopt;
    }
    auto state = history.replayed();
    state.seq = state.recorded = history.known();
    state.last_entry = history.last_text();
    for (const auto& rank : rules_.ranks) state.order.push_back(rank.rank);
    for (auto& [rank, held] : state.ranks) {
      // Nobody knows any more what lies there: whatever stood there may.
      for (const auto& standing : held.earlier) held.laid_out.push_back({standing.release.version, {}});
      std::optional<VersionDocument> document;
      try {
        document = states_.held(state, rank);
      } catch (const Error& error) {
        // The check of the versions tells of it, and mends it before the keys are laid out.
        if (error.code() != ErrorCode::corrupted && error.code() != ErrorCode::not_found) throw;
      }
      add_lay_out(state, rank, document, options_);
    }
    // Nobody works on these: the next one to come by does.
    for (auto& intent : state.intents) intent.since = TimePoint{};
    return state;
  }

  void write(const PipelineState& state, std::optional<std::string> etag) const {
    StoredState stored{state, std::move(etag)};
    if (states_.swap(stored)) return;
    throw Error(ErrorCode::precondition_failed, "write",
                states_.store().describe(states_.layout().state(name_)),
                "somebody else wrote it at the same moment", "run verify again");
  }

  const StateStore& states_;
  const PipelineRules& rules_;
  const PipelineOptions& options_;
  Findings& findings_;
  const std::string& name_;
};

}  // namespace

std::optional<StoredState> find_or_mend_state(const StateStore& states, const PipelineRules& rules,
                                              const PipelineOptions& options, Findings& findings,
                                              const std::string& name) {
  return StateMend(states, rules, options, findings, name).run();
}

}  // namespace wheelyard::release
