#include "wheelyard/release/abandoned.hpp"

#include <set>
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
  const auto* standing = state.standing(intent.rank);
  const bool is_current = standing == nullptr || standing->seq == intent.seq;
  if (is_current && !intent.helped) return Left::lay_out;
  if (may_take_effect(intent, options.clock())) return Left::nothing;
  return is_current ? Left::drop : Left::lay_out;
}

StoredState lay_out_again(const StateStore& states, const PipelineOptions& options, StoredState stored,
                          const std::string& rank) {
  std::string id;
  std::optional<VersionDocument> document;
  const auto name = stored.state.name;
  auto edited = edit_state(states, name, std::move(stored), [&](PipelineState& state) {
    document = states.held(state, rank);
    id = add_lay_out(state, rank, document, options);
    return Change{.changed = true};
  });
  try {
    LayOut(states, options).run(std::move(edited.stored), rank, id, document);
  } catch (const Error& error) {
    // Who may not write there must not be kept from working elsewhere; the dead one's intent stays for
    // somebody else.
    if (error.code() != ErrorCode::permission_denied) throw;
    return strike_out(states, name, std::nullopt, {id});
  }
  return states.reread(name);
}

}  // namespace

StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored) {
  std::set<std::string> ranks;
  std::set<std::string> ended;
  for (const auto& intent : stored.state.intents) {
    if (intent.kind != Intent::Kind::lay_out) continue;
    const auto left = left_of(stored.state, intent, options);
    if (left == Left::lay_out) ranks.insert(intent.rank);
    if (left == Left::drop) ended.insert(intent.id);
  }
  for (const auto& rank : ranks) stored = lay_out_again(states, options, std::move(stored), rank);
  for (const auto& intent : stored.state.intents) {
    if (intent.kind == Intent::Kind::lay_out || !is_abandoned(intent, options)) continue;
    const bool is_ended =
        intent.kind == Intent::Kind::push || end_prune(states, options, stored.state.name, intent);
    if (is_ended) ended.insert(intent.id);
  }
  if (ended.empty()) return stored;
  const auto name = stored.state.name;
  return strike_out(states, name, std::move(stored), ended);
}

}  // namespace wheelyard::release
