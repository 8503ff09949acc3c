#include <algorithm>
#include <utility>

#include "wheelyard/base/temporary_folder.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/release/download.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/stepper.hpp"

namespace wheelyard::release {

namespace {

std::string titled(const Reference& release, const std::string& name) {
  return name + " " + release.version;
}

/// One promotion: what it takes out of which rank, and whether it may.
class Promotion {
 public:
  Promotion(const Stepper& stepper, const PromoteRequest& request)
      : stepper_(stepper), rules_(stepper.rules()), request_(request) {
    check_release_name(request.name);
    target_ = rules_.index_of(request.rank);
    if (target_ == 0) {
      refuse(Refusal::skipped_rank, "it is the first rank of the pipeline",
             "'wheelyard release push' brings files there");
    }
    source_ = request.from.empty() ? target_ - 1 : rules_.index_of(request.from);
    if (source_ >= target_) {
      refuse(Refusal::skipped_rank, "'" + request.from + "' does not come before it",
             "releases go forward; 'wheelyard release rollback' takes a rank back");
    }
    check_skipping();
    read_digest();
    check_note(request.note);
  }

  StepReport run() {
    auto stored = stepper_.get(request_.name);
    pin(stored.state);
    StepReport report;
    report.action = Action::promote;
    report.source = rules_.ranks[source_].rank;
    const auto document = stepper_.states().release(stored.state, pinned_.release);
    check_digest(document.manifest);
    is_there_ = holds_it(stored.state);
    if (!is_there_) report.gates = pass_gates(stored.state, document);
    const Stepper::Step step{
        .rank = request_.rank,
        .document = document,
        .edit = [&](PipelineState& state) { return edit(state, document.manifest, report.gates); },
    };
    return stepper_.take(std::move(stored), step, report);
  }

 private:
  [[noreturn]] void refuse(Refusal refusal, std::string reason, std::string hint = {}) const {
    const auto what = request_.name + (request_.version.empty() ? "" : " " + request_.version);
    throw Refused(refusal, "promote", printable(what, 450) + " to " + printable(request_.rank, 200),
                  std::move(reason), std::move(hint));
  }

  void check_skipping() const {
    if (source_ + 1 == target_) return;
    const auto& may = rules_.ranks[target_].may_skip;
    const auto& me = stepper_.options().caller.identity;
    if (std::ranges::find(may, "*") != may.end() || std::ranges::find(may, me) != may.end()) return;
    refuse(Refusal::skipped_rank,
           "'" + rules_.ranks[source_].rank + "' is not the rank before it, and '" + printable(me, 200) +
               "' may not skip ranks",
           "promote it to " + rules_.ranks[source_ + 1].rank +
               " first; may_skip in wheelyard.toml names who may skip");
  }

  void read_digest() {
    if (request_.expect_digest.empty()) return;
    expected_ = to_lower(request_.expect_digest);
    if (expected_.starts_with("sha256:")) expected_.erase(0, 7);
    if (expected_.size() == 64 && std::ranges::all_of(expected_, is_hex_digit)) return;
    throw Error(ErrorCode::invalid_argument, "use the expected digest",
                "'" + printable(request_.expect_digest, 100) + "'",
                "it is not the 64 hexadecimal digits of a SHA-256",
                hint_command("status", request_.name, "--json") + " has it whole");
  }

  /// The digest that was asked for may be that of the one file.
  bool is_its_file(const Manifest& manifest) const {
    return manifest.files.size() == 1 && expected_ == manifest.files.front().sha256;
  }

  /// Whether the version or digest that was asked for is this release's: where the target holds it already,
  /// what has come into the source since does not matter, as when a job is run again.
  bool is_named(const PipelineState& state, const Standing& standing) const {
    if (request_.version.empty() && expected_.empty()) return false;
    if (!request_.version.empty() && standing.release.version != request_.version) return false;
    return expected_.empty() || expected_ == standing.release.digest ||
           is_its_file(stepper_.states().release(state, standing.release).manifest);
  }

  /// The release that is meant, as it stands now. Whatever comes later, nothing else is promoted.
  void pin(const PipelineState& state) {
    const auto& source = rules_.ranks[source_].rank;
    const auto* standing = state.standing(source);
    if (const auto* there = state.standing(request_.rank); there != nullptr && is_named(state, *there)) {
      pinned_ = *there;
      return;
    }
    if (standing != nullptr && (request_.version.empty() || standing->release.version == request_.version)) {
      pinned_ = *standing;
      return;
    }
    for (std::size_t i = source_; i-- > 0;) {
      const auto& rank = rules_.ranks[i].rank;
      const auto* earlier = state.standing(rank);
      if (earlier == nullptr) continue;
      if (!request_.version.empty() && earlier->release.version != request_.version) continue;
      refuse(Refusal::skipped_rank,
             titled(earlier->release, request_.name) + " is in " + rank + " and not in " + source,
             "promote it to " + rules_.ranks[i + 1].rank + " first");
    }
    if (standing == nullptr) {
      refuse(Refusal::nothing_to_promote, source + " holds nothing of that name",
             source_ == 0 ? "push it first: wheelyard release push" : "promote it to " + source + " first");
    }
    refuse(Refusal::other_version, source + " holds version " + standing->release.version,
           "name that version, or bring the other one to " + source + " first");
  }

  void check_digest(const Manifest& manifest) const {
    if (expected_.empty() || expected_ == pinned_.release.digest || is_its_file(manifest)) return;
    refuse(Refusal::other_version,
           rules_.ranks[source_].rank + " holds " + manifest.version + " with the digest " +
               pinned_.release.digest + ", not " + expected_,
           "what was looked at is not what stands there now");
  }

  bool holds_it(const PipelineState& state) const {
    const auto* standing = state.standing(request_.rank);
    return standing != nullptr && standing->release == pinned_.release;
  }

  /// What to type for exactly this release and way.
  std::string command(const std::string& verb) const {
    return "wheelyard release " + verb + " " + shell_word(request_.name + "@" + pinned_.release.version) +
           " " + request_.rank + (source_ + 1 == target_ ? "" : " --from " + rules_.ranks[source_].rank);
  }

  void check_passed(const std::vector<GateResult>& results) const {
    std::vector<std::string> failed;
    std::vector<std::string> hints;
    for (const auto& result : results) {
      if (result.passed) continue;
      failed.push_back(result.gate + ": " + result.detail);
      if (result.gate == "note") hints.push_back("say why: " + command("promote") + " --note TEXT");
      if (result.gate == "approval") hints.push_back("somebody else approves it: " + command("approve"));
    }
    if (failed.empty()) return;
    refuse(Refusal::gate, "a gate is shut: " + join(failed, "; "), join(hints, "; "));
  }

  std::vector<GateResult> pass_gates(const PipelineState& state, const VersionDocument& document) const {
    const auto& rules = rules_.ranks[target_];
    const auto question = ask(state, document.manifest);
    auto results = check_rules(question);
    check_passed(results);
    if (rules.commands.empty()) return results;
    const TemporaryFolder folder;
    fetch_release(stepper_.states(), document, folder.path(), {.workers = stepper_.options().workers});
    for (const auto& gate : rules.commands) {
      results.push_back(stepper_.options().run_gate(gate, question, folder.path()));
      check_passed(results);
    }
    return results;
  }

  GateQuestion ask(const PipelineState& state, const Manifest& manifest) const {
    return {.state = &state,
            .rules = &rules_.ranks[target_],
            .manifest = &manifest,
            .standing = pinned_,
            .source = rules_.ranks[source_].rank,
            .note = request_.note,
            .by = stepper_.options().caller,
            .at = stepper_.options().clock()};
  }

  /// `gates`: what they said of the state that was looked at first.
  Change edit(const PipelineState& state, const Manifest& manifest, std::vector<GateResult>& gates) {
    const auto& source = rules_.ranks[source_].rank;
    if (holds_it(state)) return {};
    const auto* standing = state.standing(source);
    if (standing == nullptr || standing->release != pinned_.release) {
      refuse(Refusal::other_version,
             source + " held " + titled(pinned_.release, request_.name) + " a moment ago and holds " +
                 (standing == nullptr ? "nothing" : standing->release.version) + " now",
             "look at " + hint_command("status", request_.name) + " and promote again");
    }
    if (is_there_) {
      refuse(Refusal::other_version, request_.rank + " held it a moment ago and does not any more",
             "look at " + hint_command("status", request_.name) + " and promote again");
    }
    // The same release may have left and come back since, or somebody else have used the approval.
    pinned_ = *standing;
    auto rules = check_rules(ask(state, manifest));
    check_passed(rules);
    std::ranges::move(rules, gates.begin());
    Entry entry;
    entry.action = Action::promote;
    entry.to = pinned_.release;
    entry.source = source;
    for (std::size_t i = source_ + 1; i < target_; ++i) entry.skipped.push_back(rules_.ranks[i].rank);
    entry.note = request_.note;
    entry.gates = gates;
    return {.changed = true, .entry = std::move(entry), .then = {}};
  }

  const Stepper& stepper_;
  const PipelineRules& rules_;
  const PromoteRequest& request_;
  std::size_t source_ = 0;
  std::size_t target_ = 0;
  std::string expected_;  // "" for any
  Standing pinned_;
  bool is_there_ = false;  // at first: no gate has been asked
};

}  // namespace

StepReport promote(const Stepper& stepper, const PromoteRequest& request) {
  return Promotion(stepper, request).run();
}

StepReport approve(const Stepper& stepper, const ApproveRequest& request) {
  check_release_name(request.name);
  check_note(request.note);
  const auto target = stepper.rules().index_of(request.rank);
  const auto refuse = [&](Refusal refusal, const std::string& reason, const std::string& hint) {
    throw Refused(refusal, "approve", request.name + " for " + request.rank, reason, hint);
  };
  if (target == 0) refuse(Refusal::skipped_rank, "nothing is promoted to the first rank", "");
  const auto& ranks = stepper.rules().ranks;
  const auto from = request.from.empty() ? target - 1 : stepper.rules().index_of(request.from);
  if (from >= target) {
    refuse(Refusal::skipped_rank, "'" + request.from + "' does not come before it",
           "name the rank that it is to be promoted from");
  }
  const auto& source = ranks[from].rank;
  /// Where ranks may be skipped, the one who promotes names the rank as well.
  const auto hint_of_other_rank = [&](const PipelineState& state) {
    std::string hint = "promote it there first";
    for (std::size_t i = 0; i < from && !ranks[target].may_skip.empty(); ++i) {
      if (state.standing(ranks[i].rank) != nullptr)
        hint += ", or approve what " + ranks[i].rank + " holds with --from " + ranks[i].rank;
    }
    return hint;
  };
  auto stored = stepper.get(request.name);
  StepReport report;
  report.action = Action::approve;
  report.name = request.name;
  report.rank = request.rank;
  report.source = source;
  const auto edited =
      edit_state(stepper.states(), request.name, std::move(stored), [&](PipelineState& state) -> Change {
        const auto* standing = state.standing(source);
        if (standing == nullptr)
          refuse(Refusal::nothing_to_promote, source + " holds nothing of that name",
                 from == 0 ? "push it first: wheelyard release push" : hint_of_other_rank(state));
        if (!request.version.empty() && standing->release.version != request.version) {
          refuse(Refusal::other_version, source + " holds version " + standing->release.version,
                 "approve what stands there, by its version");
        }
        report.manifest = stepper.states().release(state, standing->release).manifest;
        const auto& me = stepper.options().caller;
        const auto is_mine = [&](const Approval& approval) {
          return approval.rank == request.rank && approval.release == standing->release &&
                 approval.by.identity == me.identity;
        };
        if (std::ranges::any_of(state.approvals, is_mine)) return {};
        Entry entry;
        entry.action = Action::approve;
        entry.rank = request.rank;
        entry.source = source;
        entry.to = standing->release;
        entry.note = request.note;
        entry.at = stepper.options().clock();
        entry.by = me;
        return {.changed = true, .entry = std::move(entry), .then = {}};
      });
  report.outcome = edited.changed ? StepReport::Outcome::done : StepReport::Outcome::unchanged;
  report.seq = edited.changed ? edited.seq : edited.stored.state.seq;
  return report;
}

}  // namespace wheelyard::release
