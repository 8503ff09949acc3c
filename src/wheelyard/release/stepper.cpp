#include "wheelyard/release/stepper.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/release/abandoned.hpp"
#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/release/transitions.hpp"

namespace wheelyard::release {

namespace {

/// Whether trying again would meet the same answer.
bool is_final(const Error& error) {
  switch (error.code()) {
    case ErrorCode::unavailable:
    case ErrorCode::cancelled:
    case ErrorCode::precondition_failed:
      return false;
    default:
      return true;
  }
}

std::string number(std::uint64_t seq) {
  return "entry " + std::to_string(seq);
}

}  // namespace

std::optional<StoredState> Stepper::find(const std::string& name) const {
  auto stored = states_.find(name);
  if (!stored) stored = adopt(states_, rules_, options_, name);
  if (!stored) return std::nullopt;
  return finish_abandoned(states_, options_, std::move(*stored));
}

StoredState Stepper::get(const std::string& name) const {
  auto stored = find(name);
  return stored && stored->state.is_begun() ? std::move(*stored) : states_.get(name);
}

StepReport Stepper::take(StoredState first, const Step& step, StepReport report) const {
  Taken taken{
      .name = first.state.name, .rank = step.rank, .intent = {}, .seq = 0, .before = {}, .approvals = {}};
  bool steps = false;
  auto edited = edit_state(states_, taken.name, std::move(first), [&](PipelineState& state) {
    auto change = step.edit(state);
    steps = change.entry.has_value();
    if (!change.entry) return change;
    taken.before.reset();
    if (const auto* standing = state.standing(step.rank)) taken.before = *standing;
    change.entry->at = options_.clock();
    change.entry->by = options_.caller;
    change.entry->rank = step.rank;
    if (taken.before) change.entry->from = taken.before->release;
    taken.approvals = used_approvals(state, *change.entry);
    change.then = [&](PipelineState& applied) {
      taken.intent = add_lay_out(applied, step.rank, step.document, options_);
    };
    return change;
  });
  report.name = taken.name;
  report.rank = step.rank;
  report.manifest = step.document.manifest;
  if (!steps) {
    report.outcome = StepReport::Outcome::unchanged;
    report.seq = edited.stored.state.seq;
    report.previous = reference_to(report.manifest);
    return report;
  }
  taken.seq = report.seq = edited.seq;
  if (taken.before) report.previous = taken.before->release;
  try {
    const auto end =
        LayOut(states_, options_).run(std::move(edited.stored), step.rank, taken.intent, step.document);
    report.outcome =
        end == LayOut::End::settled ? StepReport::Outcome::done : StepReport::Outcome::superseded;
  } catch (const Error& error) {
    fail(taken, error);
  }
  return report;
}

bool Stepper::take_back(const Taken& taken, const Error& failure) const {
  std::optional<VersionDocument> document;
  std::string intent;
  bool moved_on = false;
  auto edited = edit_state(states_, taken.name, std::nullopt, [&](PipelineState& state) {
    const auto* standing = state.standing(taken.rank);
    moved_on = standing == nullptr || standing->seq != taken.seq;
    if (moved_on) return Change{};
    std::erase_if(state.intents, [&](const Intent& other) { return other.id == taken.intent; });
    // Whoever took the step for abandoned and ended it may have pruned what stood there before.
    if (taken.before) document = states_.release_to_bring_back(state, taken.before->release);
    Entry entry;
    entry.action = Action::undo;
    entry.rank = taken.rank;
    entry.from = standing->release;
    if (taken.before) entry.to = taken.before->release;
    entry.undone = taken.seq;
    entry.approvals = taken.approvals;
    entry.at = options_.clock();
    entry.by = options_.caller;
    entry.note = failure.what();
    return Change{.changed = true, .entry = std::move(entry), .then = [&](PipelineState& applied) {
                    intent = add_lay_out(applied, taken.rank, document, options_);
                  }};
  });
  if (!moved_on) LayOut(states_, options_).run(std::move(edited.stored), taken.rank, intent, document);
  return !moved_on;
}

void Stepper::fail(const Taken& taken, const Error& failure) const {
  const std::string heal = hint_command("verify", taken.name, "--repair");
  if (!is_final(failure)) {
    throw failure.with_hint(
        "the step itself is taken (" + number(taken.seq) + " of the history), the keys below " + taken.rank +
        "/ are not all in line with it yet: the next step or " + heal + " brings them there");
  }
  bool is_taken_back = false;
  try {
    is_taken_back = take_back(taken, failure);
  } catch (const Error&) {
    throw failure.with_hint("nor could all be put back as it was: " + hint_command("status", taken.name) +
                            " tells what " + taken.rank + " holds, and " + heal +
                            " brings the keys below it in line");
  }
  if (!is_taken_back) {
    throw failure.with_hint("the step itself was taken (" + number(taken.seq) +
                            " of the history), and others have given " + taken.rank +
                            " another release since: nothing was taken back");
  }
  throw failure.with_hint(taken.rank + " holds what it held before; the history tells of the attempt (" +
                          number(taken.seq) + ")" + (failure.hint().empty() ? "" : ". " + failure.hint()));
}

}  // namespace wheelyard::release
