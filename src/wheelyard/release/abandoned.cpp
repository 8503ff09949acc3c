#include "wheelyard/release/abandoned.hpp"

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/release/prune.hpp"

namespace wheelyard::release {

namespace {

/// What may be done about the intent of a dead one to lay out.
enum class Left {
  nothing,  ///< it lingers (lay_out.cpp)
  drop,
  lay_out,
};

Left left_of(const PipelineState& state, const Intent& intent, const PipelineOptions& options) {
  if (!is_abandoned(intent, options)) return Left::nothing;
  if (is_open(state, intent, options)) return Left::lay_out;
  if (may_take_effect(intent, options.clock())) return Left::nothing;
  return is_current(state, intent) ? Left::drop : Left::lay_out;
}

/// One run of `finish_abandoned`.
class Helper {
 public:
  Helper(const StateStore& states, const PipelineOptions& options) : states_(states), options_(options) {}

  StoredState run(StoredState stored);
  HelpFailures& failures() { return failures_; }

 private:
  /// A failure is noted.
  void attempt(const AbandonedWork& what, const std::function<void()>& work);
  StoredState lay_out_again(StoredState stored, const std::string& rank);

  const StateStore& states_;
  const PipelineOptions& options_;
  HelpFailures failures_;
};

void Helper::attempt(const AbandonedWork& what, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    failures_.insert_or_assign(what, error);
  }
}

StoredState Helper::lay_out_again(StoredState stored, const std::string& rank) {
  const auto name = stored.state.name;
  attempt({Intent::Kind::lay_out, rank}, [&] {
    std::string id;
    std::optional<VersionDocument> document;
    auto edited = edit_state(states_, name, std::move(stored), [&](PipelineState& state) {
      document = states_.held(state, rank);
      id = add_lay_out(state, rank, document, options_);
      return Change{.changed = true};
    });
    LayOut(states_, options_).help(std::move(edited.stored), rank, id, document);
  });
  return states_.reread(name);
}

StoredState Helper::run(StoredState stored) {
  std::set<std::string> ranks;
  std::set<std::string> ended;
  for (const auto& intent : stored.state.intents) {
    if (intent.kind != Intent::Kind::lay_out) continue;
    const auto left = left_of(stored.state, intent, options_);
    if (left == Left::lay_out) ranks.insert(intent.rank);
    if (left == Left::drop) ended.insert(intent.id);
  }
  for (const auto& rank : ranks) stored = lay_out_again(std::move(stored), rank);
  const auto name = stored.state.name;
  for (const auto& intent : stored.state.intents) {
    if (intent.kind == Intent::Kind::lay_out || !is_abandoned(intent, options_)) continue;
    bool is_ended = intent.kind == Intent::Kind::push;
    if (!is_ended) attempt(work_of(intent), [&] { is_ended = end_prune(states_, options_, name, intent); });
    if (is_ended) ended.insert(intent.id);
  }
  if (ended.empty()) return stored;
  return strike_out(states_, name, std::move(stored), ended);
}

}  // namespace

AbandonedWork work_of(const Intent& intent) {
  return {intent.kind, intent.kind == Intent::Kind::lay_out ? intent.rank : intent.release.version};
}

StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored,
                             HelpFailures* failures) {
  Helper helper(states, options);
  stored = helper.run(std::move(stored));
  if (failures != nullptr) *failures = std::move(helper.failures());
  return stored;
}

}  // namespace wheelyard::release
