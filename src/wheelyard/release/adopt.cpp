#include "wheelyard/release/adopt.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/detail/json_members.hpp"
#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/file_claims.hpp"
#include "wheelyard/release/foreign.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/release/transitions.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

namespace {

/// What a name begins with: the entries' texts in order, and the state after the last.
struct Plan {
  std::vector<std::string> entries;
  PipelineState state;
};

std::string to_json(const Plan& plan) {
  return detail::compact({{"entries", plan.entries}, {"state", release::to_json(plan.state)}});
}

Entry adopt_entry(const PipelineOptions& options, const std::string& rank, const KeptRelease& kept) {
  Entry entry;
  entry.action = Action::adopt;
  entry.rank = rank;
  entry.to = reference_to(kept.document.manifest);
  entry.at = kept.info.last_modified;
  entry.by = options.caller;
  entry.note = "another program put it there; taken over at " + to_rfc3339(options.clock());
  return entry;
}

/// One take-over of a name.
class Adoption {
 public:
  Adoption(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
           const std::string& name)
      : states_(states), rules_(rules), options_(options), name_(name) {}

  std::optional<StoredState> run() const {
    auto plan = find_plan();
    if (!plan) {
      // Either somebody has just made the state too, or it is lost.
      if (states_.has_history(name_)) return states_.beside_history(name_);
      plan = make_plan();
      if (!plan) return std::nullopt;
      // One swap is all there is to do for one rank.
      if (plan->entries.size() > 1) plan = write_down(std::move(*plan));
    }
    return carry_out(*plan);
  }

 private:
  std::optional<Plan> find_plan() const {
    const auto key = states_.layout().adoption(name_);
    const auto object = store::find_bytes(states_.store(), key, most_document_bytes);
    if (!object) return std::nullopt;
    const auto what = states_.store().describe(key);
    const auto parsed = detail::Members::parse(object->bytes, what);
    const detail::Members members(parsed, what);
    Plan plan{members.texts("entries"), state_from_json(members.text("state"), what)};
    if (plan.entries.empty() || plan.state.name != name_) members.fail("entries", "those of this release");
    return plan;
  }

  std::optional<Plan> make_plan() const {
    if (!look_at_legacy(states_, rules_, name_, options_.workers)) return std::nullopt;
    Plan plan;
    plan.state.name = name_;
    for (const auto& rank : rules_.ranks) {
      plan.state.order.push_back(rank.rank);
      const auto kept = keep_foreign_release(states_, name_, rank.rank);
      if (!kept) continue;
      if (plan.entries.empty()) claim_files(states_, plan.state, kept->document.manifest, options_.workers);
      auto entry = adopt_entry(options_, rank.rank, *kept);
      entry.seq = plan.entries.size() + 1;
      entry.id = to_hex(random_bytes(12));
      if (!plan.entries.empty()) entry.previous = sha256_hex(plan.entries.back());
      apply(plan.state, entry);
      hold(plan.state.ranks[rank.rank], kept->document);
      plan.state.recorded = entry.seq - 1;
      plan.state.last_entry = release::to_json(entry);
      plan.entries.push_back(plan.state.last_entry);
    }
    if (plan.entries.empty()) return std::nullopt;
    return plan;
  }

  /// Returns what holds: this plan, or that of whoever was first.
  Plan write_down(Plan plan) const {
    try {
      states_.put_document(states_.layout().adoption(name_), to_json(plan), store::PutMode::create());
      return plan;
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
    auto others = find_plan();
    return others ? std::move(*others) : std::move(plan);
  }

  /// The entries before the last have their objects before any state names them.
  std::optional<StoredState> carry_out(const Plan& plan) const {
    const auto count = plan.entries.size();
    if (count > 1 && store::find_info(states_.store(), states_.layout().entry(name_, count)))
      return end(states_.beside_history(name_));
    for (std::size_t i = 0; i + 1 < count; ++i) {
      if (!write_entry(i + 1, plan.entries[i])) return end(states_.beside_history(name_));
    }
    StoredState stored{plan.state, std::nullopt};
    if (!states_.swap(stored)) return end(states_.find(name_));
    states_.record(stored.state);
    return end(std::move(stored));
  }

  bool write_entry(std::uint64_t seq, const std::string& text) const {
    const auto key = states_.layout().entry(name_, seq);
    try {
      states_.put_document(key, text, store::PutMode::create());
      return true;
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
    return store::get_bytes(states_.store(), key, most_document_bytes).bytes == text;
  }

  /// The plan has served.
  std::optional<StoredState> end(std::optional<StoredState> stored) const {
    if (!stored) return stored;
    states_.record(stored->state);
    states_.store().remove(states_.layout().adoption(name_));
    return stored;
  }

  const StateStore& states_;
  const PipelineRules& rules_;
  const PipelineOptions& options_;
  const std::string& name_;
};

/// Whether an object is what the rank holds, as it was laid out here. The ETag alone does not tell: a copy
/// has another one in a folder, and where the bytes came in parts.
bool is_own_copy(const StateStore& states, const Manifest& manifest, const store::ObjectInfo& info) {
  const auto* file = manifest.find(manifest.name);
  if (file == nullptr || file->size != info.size) return false;
  const auto version = foreign_version(info);
  if (version.empty() && info.metadata.empty()) {
    // A store that keeps no metadata is none that another program writes by s3p's rules.
    const auto ours = store::find_info(states.store(), states.bytes_key(manifest, *file));
    return ours && ours->metadata.empty();
  }
  const auto digest = info.metadata.find("sha256");
  return version == manifest.version &&
         (file->etag == info.etag || (digest != info.metadata.end() && digest->second == file->sha256));
}

}  // namespace

std::optional<StoredState> adopt(const StateStore& states, const PipelineRules& rules,
                                 const PipelineOptions& options, const std::string& name) {
  check_release_name(name);
  if (auto stored = states.find(name)) return stored;
  return Adoption(states, rules, options, name).run();
}

std::optional<PipelineState> look_at_legacy(const StateStore& states, const PipelineRules& rules,
                                            const std::string& name, std::size_t workers) {
  std::vector<std::optional<store::ObjectInfo>> infos(rules.ranks.size());
  parallel_for(rules.ranks.size(), workers, [&](std::size_t i) {
    infos[i] = store::find_info(states.store(), states.layout().rank_file(rules.ranks[i].rank, name));
  });
  PipelineState state;
  state.name = name;
  for (std::size_t i = 0; i < rules.ranks.size(); ++i) {
    const auto& rank = rules.ranks[i].rank;
    state.order.push_back(rank);
    if (!infos[i] || is_of_other_release(*infos[i], name)) continue;
    Standing standing;
    standing.release.version = foreign_version(*infos[i]);
    standing.since = infos[i]->last_modified;
    state.ranks[rank].current = std::move(standing);
  }
  if (state.ranks.empty()) return std::nullopt;
  const auto owner = file_owner(states, name);
  if (owner && *owner != name) return std::nullopt;
  return state;
}

std::vector<std::string> legacy_names(const StateStore& states, const PipelineRules& rules) {
  const auto& layout = states.layout();
  std::vector<std::string> folders{layout.file_claims()};
  for (const auto& rank : rules.ranks) folders.push_back(layout.rank_file(rank.rank, ""));
  std::vector<std::set<std::string>> found(folders.size());
  parallel_for(folders.size(), folders.size(), [&](std::size_t i) {
    const auto lister = states.store().list({.prefix = folders[i], .delimiter = "/"});
    while (const auto page = lister->next()) {
      for (const auto& object : page->objects) found[i].insert(object.key.substr(folders[i].size()));
    }
  });
  std::set<std::string> names;
  for (std::size_t i = 1; i < found.size(); ++i) {
    for (const auto& file : found[i]) {
      if (is_release_name(file) && !found.front().contains(file + ".json")) names.insert(file);
    }
  }
  return {names.begin(), names.end()};
}

std::optional<StoredState> adopt_change(const StateStore& states, const PipelineRules& rules,
                                        const PipelineOptions& options, const std::string& name) {
  auto stored = states.find(name);
  if (!stored) return std::nullopt;
  const auto& rank = rules.ranks.front().rank;
  if (has_lay_out(stored->state, rank)) return std::nullopt;
  const auto info = store::find_info(states.store(), states.layout().rank_file(rank, name));
  if (!info || is_of_other_release(*info, name)) return std::nullopt;
  std::optional<Standing> seen;
  if (const auto* standing = stored->state.standing(rank)) {
    seen = *standing;
    const auto document = states.release(stored->state, seen->release);
    if (is_own_copy(states, document.manifest, *info)) return std::nullopt;
  }
  const auto owner = file_owner(states, name);
  if (owner && *owner != name) return std::nullopt;
  const auto kept = keep_foreign_release(states, name, rank);
  if (!kept) return std::nullopt;
  if (!owner) claim_files(states, stored->state, kept->document.manifest, options.workers);
  const auto edited = edit_state(states, name, std::move(stored), [&](PipelineState& state) {
    auto entry = adopt_entry(options, rank, *kept);
    const auto* standing = state.standing(rank);
    const bool is_other = seen ? standing == nullptr || *standing != *seen : standing != nullptr;
    if (is_other || has_lay_out(state, rank)) return Change{};
    if (standing != nullptr && standing->release == *entry.to) return Change{};
    if (standing != nullptr) entry.from = standing->release;
    // It may be a version that stood here long ago, and that a prune is at or has been.
    static_cast<void>(states.release_to_bring_back(state, *entry.to));
    return Change{.changed = true, .entry = std::move(entry), .then = [&](PipelineState& applied) {
                    hold(applied.ranks[rank], kept->document);
                  }};
  });
  if (!edited.changed) return std::nullopt;
  return edited.stored;
}

}  // namespace wheelyard::release
