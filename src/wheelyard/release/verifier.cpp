#include "wheelyard/release/verifier.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/release/abandoned.hpp"
#include "wheelyard/release/history_check.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/key_check.hpp"
#include "wheelyard/release/leftover_check.hpp"
#include "wheelyard/release/pipeline_state.hpp"
#include "wheelyard/release/state_mend.hpp"

namespace wheelyard::release {

namespace {

/// A push from another machine may take long; after this it is told of.
constexpr std::chrono::hours long_push{24};
/// Between the state of a name that was taken over and the end of its plan.
constexpr std::chrono::milliseconds adoption_end{500};

std::string titled(const Intent& intent) {
  const auto release =
      intent.release.version.empty() ? std::string("nothing") : "version " + intent.release.version;
  switch (intent.kind) {
    case Intent::Kind::push:
      return "a push of " + release;
    case Intent::Kind::prune:
      return "a prune of " + release;
    case Intent::Kind::lay_out:
      break;
  }
  return "bringing the keys of " + intent.rank + " in line with " + release;
}

/// Whether somebody has died at it and it means something.
bool is_left(const PipelineState& state, const Intent& intent, const PipelineOptions& options) {
  return is_abandoned(intent, options) && is_open(state, intent, options);
}

}  // namespace

VerifyReport Verifier::run() {
  const bool all = request_.names.empty();
  for (const auto& name : request_.names) check_exists(name);
  const auto names = all ? states_.names() : request_.names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    check_name(names[i]);
    if (request_.progress)
      request_.progress({ProgressEvent::Kind::advanced, names[i], "checked", i + 1, names.size()});
  }
  LeftoverCheck(states_, options_, findings_, seen_).run(unheld_, all);
  return findings_.take();
}

void Verifier::check_exists(const std::string& name) const {
  check_release_name(name);
  if (!store::any_below(states_.store(), states_.layout().names() + name + "/"))
    static_cast<void>(states_.get(name));
}

void Verifier::check_name(const std::string& name) {
  auto stored = find_or_mend_state(states_, rules_, options_, findings_, name);
  if (!stored || stored->state.is_begun()) findings_.count_name();
  if (!stored) return;
  check_plan(name);
  HistoryCheck history(states_, findings_, options_.workers, name);
  history.check(stored->state);
  VersionCheck versions(states_, options_, findings_, history, stored->state, seen_);
  versions.run();
  unheld_[name] = history.whole() ? versions.unheld() : std::set<std::string>();
  check_intents(stored->state);
  if (findings_.repairs()) stored = states_.reread(name);
  KeyCheck(states_, options_, findings_, versions.files()).run(stored->state);
}

void Verifier::check_intents(const PipelineState& state) {
  const auto is_concerned = [&](const Intent& intent) {
    const auto age = std::chrono::abs(options_.clock() - intent.since);
    return is_left(state, intent, options_) || (intent.kind == Intent::Kind::push && age > long_push);
  };
  if (std::ranges::none_of(state.intents, is_concerned)) return;
  const auto latest = states_.reread(state.name);
  bool has_helped = false;
  HelpFailures failures;
  for (const auto& intent : latest.state.intents) {
    if (!has_intent(state, intent.id) || !is_concerned(intent)) continue;
    Problem problem{.kind = "pending",
                    .name = state.name,
                    .item = work_of(intent).second,
                    .detail = titled(intent) + " was begun at " + to_rfc3339(intent.since) + " by '" +
                              printable(intent.by.identity, 200) + "' and has not ended",
                    .action = intent.kind == Intent::Kind::push ? "drop it" : "end it"};
    if (!is_abandoned(intent, options_)) {
      problem.action = "if that push is certainly dead, push the version again with --take-over";
      findings_.add_lasting(std::move(problem));
      continue;
    }
    findings_.add(std::move(problem), [&] {
      if (!has_helped) finish_abandoned(states_, options_, states_.reread(state.name), &failures);
      has_helped = true;
      const auto fresh = states_.reread(state.name).state;
      const auto again = std::ranges::find(fresh.intents, intent.id, &Intent::id);
      if (again == fresh.intents.end() || !is_left(fresh, *again, options_)) return "";
      if (const auto failure = failures.find(work_of(intent)); failure != failures.end())
        throw Error(failure->second);
      throw Error(ErrorCode::unavailable, "end", titled(intent), "it is still there",
                  "run verify again in a while");
    });
  }
}

void Verifier::check_plan(const std::string& name) {
  const auto key = states_.layout().adoption(name);
  if (!store::find_info(states_.store(), key)) return;
  std::this_thread::sleep_for(adoption_end);
  if (!store::find_info(states_.store(), key)) return;
  findings_.add({.kind = "leftover",
                 .name = name,
                 .item = "adoption.json",
                 .detail = "the plan of a take-over that is done",
                 .action = "delete it"},
                [&] {
                  states_.store().remove(key);
                  return "";
                });
}

VerifyReport Pipeline::verify(const VerifyRequest& request) {
  return Verifier(state_->states, state_->rules, state_->options, request).run();
}

}  // namespace wheelyard::release
