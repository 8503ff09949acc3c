#include "wheelyard/release/abandoned.hpp"

#include <set>
#include <utility>

#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/release/prune.hpp"

namespace wheelyard::release {

namespace {

/// Ranks whose documented keys somebody left half way.
std::set<std::string> unfinished_ranks(const PipelineState& state, const PipelineOptions& options, bool all) {
  // The dead intent of an older release lingers (lay_out.cpp) and is looked at when it can be dropped.
  std::set<std::string> ranks;
  for (const auto& intent : state.intents) {
    if (intent.kind != Intent::Kind::lay_out) continue;
    const auto* standing = state.standing(intent.rank);
    const bool is_current = standing == nullptr || standing->seq == intent.seq;
    const bool is_old = !may_take_effect(intent, options);
    if (all || (is_abandoned(intent, options) && (is_current || is_old))) ranks.insert(intent.rank);
  }
  return ranks;
}

StoredState lay_out_again(const StateStore& states, const PipelineOptions& options, StoredState stored,
                          const std::string& rank, bool all) {
  std::string id;
  std::optional<VersionDocument> document;
  const auto name = stored.state.name;
  auto edited = edit_state(states, name, std::move(stored), [&](PipelineState& state) {
    const auto seq = state.standing(rank) == nullptr ? 0 : state.standing(rank)->seq;
    document.reset();
    if (const auto* standing = state.standing(rank)) document = states.release(state, standing->release);
    if (all) {
      // Whoever lives finds its intent gone, and looks again.
      std::erase_if(state.intents,
                    [&](const Intent& intent) { return is_lay_out(intent, rank) && intent.seq != seq; });
    }
    id = add_lay_out(state, rank, document, options);
    return Change{.changed = true};
  });
  try {
    LayOut(states, options).run(std::move(edited.stored), rank, id, document);
  } catch (const Error& error) {
    // Who may not write there must not be kept from working elsewhere; the dead one's intent stays for
    // somebody else.
    if (all || error.code() != ErrorCode::permission_denied) throw;
    return strike_out(states, name, std::nullopt, {id});
  }
  return states.get(name);
}

}  // namespace

StoredState finish_abandoned(const StateStore& states, const PipelineOptions& options, StoredState stored,
                             bool all) {
  for (const auto& rank : unfinished_ranks(stored.state, options, all))
    stored = lay_out_again(states, options, std::move(stored), rank, all);
  std::set<std::string> ended;
  for (const auto& intent : stored.state.intents) {
    const bool is_prune = intent.kind == Intent::Kind::prune;
    if (!is_abandoned(intent, options) && !(all && is_prune)) continue;
    const bool is_ended =
        is_prune ? end_prune(states, options, stored.state.name, intent) : intent.kind == Intent::Kind::push;
    if (is_ended) ended.insert(intent.id);
  }
  if (ended.empty()) return stored;
  const auto name = stored.state.name;
  return strike_out(states, name, std::move(stored), ended);
}

}  // namespace wheelyard::release
