#include "wheelyard/release/pipeline.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/download.hpp"
#include "wheelyard/release/pipeline_state.hpp"
#include "wheelyard/release/status.hpp"

namespace wheelyard::release {

namespace {

/// Sorted each, none in both.
struct Names {
  std::vector<std::string> ours;
  std::vector<std::string> legacy;  ///< only another program's files bear them
};

Names find_names(const StateStore& states, const PipelineRules& rules) {
  Names names{.ours = states.names(), .legacy = legacy_names(states, rules)};
  std::ranges::sort(names.ours);
  std::erase_if(names.legacy,
                [&](const std::string& name) { return std::ranges::binary_search(names.ours, name); });
  return names;
}

std::vector<std::string> merged(const Names& names) {
  std::vector<std::string> all;
  all.reserve(names.ours.size() + names.legacy.size());
  std::ranges::merge(names.ours, names.legacy, std::back_inserter(all));
  return all;
}

}  // namespace

std::string_view to_string(StepReport::Outcome outcome) {
  switch (outcome) {
    case StepReport::Outcome::done:
      return "done";
    case StepReport::Outcome::unchanged:
      return "unchanged";
    case StepReport::Outcome::superseded:
      break;
  }
  return "superseded";
}

Pipeline::Pipeline(std::shared_ptr<store::ObjectStore> store, std::string prefix, PipelineRules rules,
                   PipelineOptions options) {
  rules.check();
  state_ = std::make_unique<State>(std::move(store), std::move(prefix), std::move(rules), std::move(options));
}

Pipeline::~Pipeline() = default;

StepReport Pipeline::push(const PushRequest& request) {
  return release::push(state_->stepper, state_->store, request);
}

StepReport Pipeline::promote(const PromoteRequest& request) {
  return release::promote(state_->stepper, request);
}

StepReport Pipeline::rollback(const RollbackRequest& request) {
  return release::rollback(state_->stepper, request);
}

StepReport Pipeline::approve(const ApproveRequest& request) {
  return release::approve(state_->stepper, request);
}

void Pipeline::take_over(const std::string& name) {
  check_release_name(name);
  if (!adopt_change(state_->states, state_->rules, state_->options, name))
    adopt(state_->states, state_->rules, state_->options, name);
}

std::vector<std::string> Pipeline::names() {
  return merged(find_names(state_->states, state_->rules));
}

PipelineStatus Pipeline::status() {
  PipelineStatus report;
  auto names = find_names(state_->states, state_->rules);
  report.left_out = std::max(names.legacy.size(), most_not_adopted) - most_not_adopted;
  names.legacy.resize(names.legacy.size() - report.left_out);
  const auto all = merged(names);
  std::vector<std::optional<NameStatus>> found(all.size());
  parallel_for(all.size(), state_->options.workers, [&](std::size_t i) {
    try {
      found[i] = status(all[i]);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      found[i] = NameStatus{.name = all[i], .seq = 0, .ranks = {}, .intents = {}, .fault = error.what()};
    }
  });
  for (auto& status : found) {
    if (status) report.names.push_back(std::move(*status));
  }
  return report;
}

std::optional<NameStatus> Pipeline::status(const std::string& name) {
  check_release_name(name);
  if (const auto stored = state_->states.find(name)) {
    const auto& state = stored->state;
    if (!state.is_begun()) return std::nullopt;
    return status_of(state, state_->rules, state_->options);
  }
  const auto legacy = look_at_legacy(state_->states, state_->rules, name);
  if (!legacy) return std::nullopt;
  auto status = status_of(*legacy, state_->rules, state_->options);
  status.adopted = false;
  for (auto& rank : status.ranks) {
    // Nobody has compared the bytes.
    if (rank.standing && rank.standing->release.version.empty()) rank.behind.reset();
  }
  return status;
}

std::vector<Entry> Pipeline::history(const HistoryRequest& request) {
  check_release_name(request.name);
  if (!request.rank.empty()) check_rank_name(request.rank);
  std::vector<Entry> entries;
  const auto stored = state_->states.get(request.name);
  // A rank that the pipeline had once has a history too.
  if (!request.rank.empty() && !stored.state.ranks.contains(request.rank))
    static_cast<void>(state_->rules.index_of(request.rank));
  state_->states.walk_back(stored.state, [&](const Entry& entry) {
    if (request.rank.empty() || entry.rank == request.rank) entries.push_back(entry);
    return request.limit == 0 || entries.size() < request.limit;
  });
  std::ranges::reverse(entries);
  return entries;
}

DownloadReport Pipeline::download(const DownloadRequest& request) {
  return release::download(state_->states, state_->rules, request, state_->options.workers);
}

const PipelineRules& Pipeline::rules() const {
  return state_->rules;
}

store::ObjectStore& Pipeline::store() const {
  return *state_->store;
}

const std::string& Pipeline::prefix() const {
  return state_->states.layout().prefix();
}

}  // namespace wheelyard::release
