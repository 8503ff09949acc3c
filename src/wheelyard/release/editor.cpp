#include "wheelyard/release/editor.hpp"

#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/release/transitions.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

namespace {

/// A first state may only be made where there is no history: a state that got lost is not an empty one.
StoredState first_state(const StateStore& states, const std::string& name) {
  // Somebody may have made both since we looked.
  if (states.has_history(name)) return states.beside_history(name);
  StoredState stored;
  stored.state.name = name;
  return stored;
}

/// An entry that a swap with an unknown end may have written.
struct Attempt {
  std::uint64_t seq = 0;
  std::string id;

  bool took_effect(const StateStore& states, const PipelineState& state) const {
    if (seq == 0 || state.seq < seq) return false;
    const auto what = states.store().describe(states.layout().entry(state.name, seq));
    return entry_from_json(states.entry_text(state, seq), what).id == id;
  }
};

Attempt write_entry(const StateStore& states, PipelineState& state, const PipelineState& before,
                    Entry entry) {
  states.record(before);
  entry.seq = before.seq + 1;
  entry.previous = before.seq == 0 ? std::string() : sha256_hex(before.last_entry);
  entry.id = to_hex(random_bytes(12));
  apply(state, entry);
  state.last_entry = to_json(entry);
  state.recorded = before.seq;
  return {entry.seq, entry.id};
}

}  // namespace

Edited edit_state(const StateStore& states, const std::string& name, std::optional<StoredState> first,
                  const std::function<Change(PipelineState&)>& edit) {
  Attempt attempt;
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto stored = first ? std::exchange(first, std::nullopt) : states.find(name);
    if (!stored) stored = first_state(states, name);
    if (attempt.took_effect(states, stored->state)) return {std::move(*stored), true, attempt.seq};
    attempt = {};
    const auto before = stored->state;
    auto change = edit(stored->state);
    if (!change.changed) return {std::move(*stored), false, 0};
    if (change.entry) attempt = write_entry(states, stored->state, before, std::move(*change.entry));
    if (change.then) change.then(stored->state);
    if (states.swap(*stored)) return {std::move(*stored), true, attempt.seq};
  }
  store::give_up(states.store().describe(states.layout().state(name)));
}

}  // namespace wheelyard::release
