#include "wheelyard/release/intents.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "wheelyard/base/digest.hpp"

namespace wheelyard::release {

namespace {

/// The longest that a server is taken to work for a client that has died.
constexpr std::chrono::seconds latest_effect{600};

auto age(const Intent& intent, TimePoint at) {
  return std::chrono::abs(at - intent.since);
}

}  // namespace

Intent new_intent(Intent::Kind kind, std::string rank, Reference release, const PipelineOptions& options) {
  Intent intent;
  intent.id = to_hex(random_bytes(8));
  intent.kind = kind;
  intent.rank = std::move(rank);
  intent.release = std::move(release);
  intent.since = options.clock();
  intent.worker = options.worker;
  intent.by = options.caller;
  return intent;
}

bool is_lay_out(const Intent& intent, const std::string& rank) {
  return intent.kind == Intent::Kind::lay_out && intent.rank == rank;
}

bool has_lay_out(const PipelineState& state, const std::string& rank) {
  return std::ranges::any_of(state.intents, [&](const Intent& intent) { return is_lay_out(intent, rank); });
}

bool has_intent(const PipelineState& state, const std::string& id) {
  return std::ranges::find(state.intents, id, &Intent::id) != state.intents.end();
}

bool is_abandoned(const Intent& intent, const PipelineOptions& options) {
  if (options.is_gone(intent.worker)) return true;
  if (intent.kind == Intent::Kind::push) return false;
  return age(intent, options.clock()) > options.patience;
}

bool is_current(const PipelineState& state, const Intent& intent) {
  const auto* standing = state.standing(intent.rank);
  return standing == nullptr || standing->seq == intent.seq;
}

bool is_open(const PipelineState& state, const Intent& intent, const PipelineOptions& options) {
  if (intent.kind != Intent::Kind::lay_out || !is_abandoned(intent, options)) return true;
  return !intent.helped && is_current(state, intent);
}

bool may_take_effect(const Intent& intent, TimePoint at) {
  return age(intent, at) <= latest_effect;
}

StoredState strike_out(const StateStore& states, const std::string& name, std::optional<StoredState> stored,
                       const std::set<std::string>& ids) {
  return edit_state(states, name, std::move(stored),
                    [&](PipelineState& state) {
                      const auto gone = std::erase_if(
                          state.intents, [&](const Intent& intent) { return ids.contains(intent.id); });
                      return Change{.changed = gone > 0, .entry = {}, .then = {}};
                    })
      .stored;
}

}  // namespace wheelyard::release
