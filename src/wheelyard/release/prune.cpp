#include "wheelyard/release/prune.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/abandoned.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/past.hpp"
#include "wheelyard/release/pipeline_state.hpp"
#include "wheelyard/release/version_documents.hpp"

namespace wheelyard::release {

namespace {

/// Of one swap: state and entry stay small however much there is to prune.
constexpr std::size_t most_at_once = 50;

Intent prune_intent(const PipelineOptions& options, Reference release) {
  return new_intent(Intent::Kind::prune, "", std::move(release), options);
}

/// The prune of one name.
class Pruning {
 public:
  Pruning(const StateStore& states, const PipelineOptions& options, const PruneRequest& request,
          std::size_t keep)
      : states_(states), options_(options), request_(request), keep_(keep) {}

  void run(StoredState stored, PruneReport& report) {
    const auto name = stored.state.name;
    if (request_.dry_run) {
      past_.catch_up(states_, stored.state);
      const auto chosen = choose(stored.state);
      for (const auto& release : chosen)
        tell(report, name, release, states_.find_version(name, release.version));
      report.kept += left_over(chosen);
      return;
    }
    stored = finish_abandoned(states_, options_, std::move(stored));
    for (;;) {
      std::vector<Reference> chosen;
      std::vector<Intent> intents;
      auto edited = edit_state(states_, name, std::move(stored), [&](PipelineState& state) {
        past_.catch_up(states_, state);
        chosen = choose(state);
        if (chosen.empty()) return Change{};
        if (chosen.size() > most_at_once) chosen.resize(most_at_once);
        intents.clear();
        for (const auto& release : chosen) intents.push_back(prune_intent(options_, release));
        Entry entry;
        entry.action = Action::prune;
        entry.pruned = chosen;
        entry.at = options_.clock();
        entry.by = options_.caller;
        return Change{.changed = true, .entry = std::move(entry), .then = [&](PipelineState& applied) {
                        std::ranges::copy(intents, std::back_inserter(applied.intents));
                      }};
      });
      if (chosen.empty()) {
        report.kept += left_over({});
        return;
      }
      end(edited.stored, intents, report);
      stored = states_.reread(name);
    }
  }

 private:
  /// What has to stay for a rank, whatever its age.
  void keep_for_rank(const PipelineState& state, const std::string& name, const RankState& rank,
                     std::set<std::string>& kept) const {
    if (rank.current) kept.insert(rank.current->release.version);
    // A step that is under way may have to be taken back.
    if (has_lay_out(state, name)) {
      kept.insert(past_.before_last_step(name));
      for (const auto& standing : rank.dropped) kept.insert(standing.release.version);
    }
    for (std::size_t i = 0; i < std::min(keep_, rank.earlier.size()); ++i)
      kept.insert(rank.earlier[i].release.version);
    if (keep_ <= earlier_limit) return;
    std::vector<std::pair<std::uint64_t, std::string>> stood;
    for (const auto& [version, release] : past_.releases()) {
      const auto found = release.stood.find(name);
      if (found != release.stood.end()) stood.emplace_back(found->second, version);
    }
    std::ranges::sort(stood, std::greater{});
    for (std::size_t i = 0; i < std::min(keep_ + 1, stood.size()); ++i) kept.insert(stood[i].second);
  }

  bool is_old_enough(const Past::Release& release) const {
    if (!request_.older_than) return true;
    if (!release.left) return false;
    return std::chrono::duration_cast<std::chrono::seconds>(options_.clock() - *release.left) >=
           *request_.older_than;
  }

  std::vector<Reference> choose(const PipelineState& state) const {
    std::set<std::string> kept;
    for (const auto& [name, rank] : state.ranks) keep_for_rank(state, name, rank, kept);
    for (const auto& intent : state.intents) kept.insert(intent.release.version);
    std::vector<Reference> chosen;
    for (const auto& [version, release] : past_.releases()) {
      if (release.pruned || kept.contains(version) || !is_old_enough(release)) continue;
      chosen.push_back(release.reference);
    }
    return chosen;
  }

  /// Versions that keep their bytes.
  std::size_t left_over(const std::vector<Reference>& chosen) const {
    const auto whole =
        std::ranges::count_if(past_.releases(), [](const auto& row) { return !row.second.pruned; });
    return static_cast<std::size_t>(whole) - chosen.size();
  }

  void tell(PruneReport& report, const std::string& name, const Reference& release,
            const std::optional<VersionDocument>& document) const {
    PrunedVersion pruned{.name = name, .release = release, .size = 0, .files = 0};
    if (document) {
      pruned.size = document->manifest.size();
      pruned.files = document->manifest.files.size();
    }
    report.pruned.push_back(std::move(pruned));
    if (request_.progress) {
      request_.progress({ProgressEvent::Kind::advanced, name + " " + release.version,
                         request_.dry_run ? "would be pruned" : "pruned", report.pruned.size(), 0});
    }
  }

  void end(const StoredState& stored, const std::vector<Intent>& intents, PruneReport& report) const {
    const auto& name = stored.state.name;
    std::vector<std::optional<VersionDocument>> documents(intents.size());
    try {
      states_.record(stored.state);
      parallel_for(intents.size(), options_.workers, [&](std::size_t i) {
        documents[i] = states_.find_version(name, intents[i].release.version);
        end_prune(states_, options_, name, intents[i]);
      });
    } catch (const Error& error) {
      throw error.with_hint(
          "the versions are given up, but not all of their bytes are deleted: the next prune or " +
          hint_command("verify", name, "--repair") + " ends that");
    }
    std::set<std::string> ids;
    for (std::size_t i = 0; i < intents.size(); ++i) {
      tell(report, name, intents[i].release, documents[i]);
      ids.insert(intents[i].id);
    }
    strike_out(states_, name, stored, ids);
  }

  const StateStore& states_;
  const PipelineOptions& options_;
  const PruneRequest& request_;
  std::size_t keep_;
  Past past_;
};

void delete_bytes(const StateStore& states, const PipelineOptions& options, const Manifest& manifest) {
  const auto keys = bytes_of(states, manifest, options.workers);
  if (!keys.empty()) states.store().remove_many(keys);
}

/// A dead push's bytes, and its document, where it came that far.
void delete_leftovers(const StateStore& states, const PipelineOptions& options, const std::string& name,
                      const std::string& version) {
  delete_bytes(states, options, {name, version, {}});
  states.store().remove(states.layout().version(name, version));
}

}  // namespace

PruneReport prune(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
                  const PruneRequest& request) {
  for (const auto& name : request.names) check_release_name(name);
  const bool all = request.names.empty();
  PruneReport report;
  for (const auto& name : all ? states.names() : request.names) {
    auto stored = all ? states.find(name) : std::optional(states.get(name));
    if (!stored) continue;
    Pruning(states, options, request, request.keep.value_or(rules.keep)).run(std::move(*stored), report);
  }
  return report;
}

PruneReport Pipeline::prune(const PruneRequest& request) {
  return release::prune(state_->states, state_->rules, state_->options, request);
}

bool end_prune(const StateStore& states, const PipelineOptions& options, const std::string& name,
               const Intent& intent) {
  if (intent.release.digest.empty()) {
    delete_leftovers(states, options, name, intent.release.version);
    return !may_take_effect(intent, options.clock());
  }
  delete_bytes(states, options, mark_pruned(states, name, intent.release).manifest);
  return true;
}

bool remove_leftovers(const StateStore& states, const PipelineOptions& options, const std::string& name,
                      const std::string& version) {
  Past past;
  std::optional<Intent> intent;
  auto edited = edit_state(states, name, std::nullopt, [&](PipelineState& state) {
    past.catch_up(states, state);
    intent.reset();
    const bool is_named = std::ranges::any_of(
        state.intents, [&](const Intent& other) { return other.release.version == version; });
    if (is_named || past.releases().contains(version)) return Change{};
    intent = prune_intent(options, {version, ""});
    state.intents.push_back(*intent);
    return Change{.changed = true, .entry = {}, .then = {}};
  });
  if (!intent) return false;
  delete_leftovers(states, options, name, version);
  strike_out(states, name, std::move(edited.stored), {intent->id});
  return true;
}

}  // namespace wheelyard::release
