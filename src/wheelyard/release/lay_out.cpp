#include "wheelyard/release/lay_out.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/store/swap_rounds.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

namespace {

std::uint64_t seq_of(const PipelineState& state, const std::string& rank) {
  const auto* standing = state.standing(rank);
  return standing == nullptr ? 0 : standing->seq;
}

Intent lay_out_intent(const PipelineState& state, const std::string& rank, const PipelineOptions& options) {
  const auto* standing = state.standing(rank);
  auto intent =
      new_intent(Intent::Kind::lay_out, rank, standing == nullptr ? Reference() : standing->release, options);
  intent.seq = seq_of(state, rank);
  return intent;
}

/// Leaves only what may still lie there: the current release, and what those who are not done may bring yet.
void forget_laid_out(PipelineState& state, const std::string& rank) {
  const auto* standing = state.standing(rank);
  std::erase_if(state.ranks[rank].laid_out, [&](const LaidOut& laid) {
    if (standing != nullptr && laid.version == standing->release.version) return false;
    return std::ranges::none_of(state.intents, [&](const Intent& intent) {
      return is_lay_out(intent, rank) && intent.release.version == laid.version;
    });
  });
}

/// How laying out once ended.
enum class Next { settled, superseded, again };

}  // namespace

void hold(RankState& rank, const std::optional<VersionDocument>& document) {
  rank.document.clear();
  if (!document) return;
  auto text = to_json(*document);
  if (text.size() <= inline_limit) rank.document = std::move(text);
  const auto& manifest = document->manifest;
  LaidOut laid{manifest.version, {}};
  if (manifest.files.size() <= most_names_inline) {
    for (const auto& file : manifest.files) laid.files.push_back(file.name);
  }
  std::erase_if(rank.laid_out, [&](const LaidOut& other) { return other.version == laid.version; });
  rank.laid_out.push_back(std::move(laid));
}

std::string add_lay_out(PipelineState& state, const std::string& rank,
                        const std::optional<VersionDocument>& document, const PipelineOptions& options) {
  hold(state.ranks[rank], document);
  state.intents.push_back(lay_out_intent(state, rank, options));
  return state.intents.back().id;
}

std::vector<std::string> LayOut::stale_files(const PipelineState& state, const std::string& rank,
                                             const Manifest* manifest) const {
  std::set<std::string> stale;
  const auto add = [&](const std::string& file) {
    if (manifest == nullptr || manifest->find(file) == nullptr) stale.insert(file);
  };
  for (const auto& laid : state.ranks.at(rank).laid_out) {
    if (manifest != nullptr && laid.version == manifest->version) continue;
    std::ranges::for_each(laid.files, add);
    if (!laid.files.empty()) continue;
    const auto document = states_.find_version(state.name, laid.version);
    if (document) {
      for (const auto& file : document->manifest.files) add(file.name);
    }
  }
  return {stale.begin(), stale.end()};
}

void LayOut::copy_file(const Manifest& manifest, const ReleaseFile& file, const std::string& rank) const {
  const auto from = states_.bytes_key(manifest, file);
  const auto to = states_.layout().rank_file(rank, file.name);
  store::CopyOptions options;
  options.if_match = file.etag;
  try {
    states_.store().copy(from, to, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::precondition_failed) throw;
    // Buckets that were moved give other ETags to the same bytes.
    const auto found = transfer::digest_object(states_.store(), from);
    if (found.sha256 != file.sha256 || found.size != file.size) {
      throw Error(ErrorCode::corrupted, "promote", states_.store().describe(from),
                  "the archived bytes are not those of " + manifest.name + " " + manifest.version,
                  "another program wrote there; " + hint_command("verify", manifest.name, "--deep") +
                      " shows what else is wrong");
    }
    options.if_match.clear();
    states_.store().copy(from, to, options);
  }
}

void LayOut::align(const PipelineState& state, const std::string& rank,
                   const std::optional<VersionDocument>& document) const {
  const auto* manifest = document ? &document->manifest : nullptr;
  const auto files = manifest == nullptr ? 0 : manifest->files.size();
  // The entry's object goes with the copies: one round trip less.
  parallel_for(files + 1, options_.workers, [&](std::size_t i) {
    if (i == 0) {
      states_.record(state);
    } else {
      copy_file(*manifest, manifest->files[i - 1], rank);
    }
  });
  std::vector<std::string> keys;
  for (const auto& file : stale_files(state, rank, manifest))
    keys.push_back(states_.layout().rank_file(rank, file));
  if (!keys.empty()) states_.store().remove_many(keys);
}

LayOut::End LayOut::run(StoredState stored, const std::string& rank, const std::string& id,
                        const std::optional<VersionDocument>& document) const {
  for (int round = 0; round < store::max_rounds; ++round) {
    // By the time before the copies: what comes late comes before them, or not at all.
    const auto begun = options_.clock();
    const auto is_over = [&](const Intent& intent) {
      return is_abandoned(intent, options_) && !may_take_effect(intent, begun);
    };
    const auto* standing = stored.state.standing(rank);
    const bool is_at_hand =
        standing != nullptr && document && reference_to(document->manifest) == standing->release;
    align(stored.state, rank, is_at_hand ? document : states_.held(stored.state, rank));
    const auto laid = seq_of(stored.state, rank);
    const auto recorded = stored.state.seq;
    Next next = Next::settled;
    auto edited = edit_state(states_, stored.state.name, stored, [&](PipelineState& state) {
      state.recorded = std::max(state.recorded, std::min(recorded, state.seq));
      const auto is_mine = [&](const Intent& intent) { return intent.id == id; };
      const auto mine = std::ranges::find_if(state.intents, is_mine);
      const auto current = seq_of(state, rank);
      const bool is_again = mine != state.intents.end() && mine->again;
      if (current == laid && !is_again) {
        next = Next::settled;
        if (mine == state.intents.end()) return Change{};
        std::erase_if(state.intents, [&](const Intent& intent) {
          return is_mine(intent) || (is_lay_out(intent, rank) && is_over(intent));
        });
        // What they still have on its way brings these bytes: wrong ones when the rank has moved on.
        for (auto& intent : state.intents) {
          if (is_lay_out(intent, rank) && intent.seq == current && is_abandoned(intent, options_))
            intent.helped = true;
        }
        forget_laid_out(state, rank);
        return Change{.changed = true};
      }
      const auto other = std::ranges::find_if(state.intents, [&](const Intent& intent) {
        return !is_mine(intent) && is_lay_out(intent, rank) && intent.seq == current &&
               !is_abandoned(intent, options_);
      });
      if (current != laid && other != state.intents.end()) {
        next = Next::superseded;
        other->again = true;
        std::erase_if(state.intents, is_mine);
        return Change{.changed = true};
      }
      next = Next::again;
      auto fresh = lay_out_intent(state, rank, options_);
      fresh.id = id;
      if (mine == state.intents.end()) {
        state.intents.push_back(std::move(fresh));
      } else {
        *mine = std::move(fresh);
      }
      return Change{.changed = true};
    });
    if (next == Next::settled) return End::settled;
    if (next == Next::superseded) return End::superseded;
    stored = std::move(edited.stored);
  }
  store::give_up(states_.store().describe(states_.layout().rank_file(rank, "")));
}

void LayOut::help(StoredState stored, const std::string& rank, const std::string& id,
                  const std::optional<VersionDocument>& document) const {
  const auto name = stored.state.name;
  try {
    run(std::move(stored), rank, id, document);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) strike_out(states_, name, std::nullopt, {id});
    throw;
  }
}

}  // namespace wheelyard::release
