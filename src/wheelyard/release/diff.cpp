#include "wheelyard/release/diff.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <mutex>

#include "wheelyard/base/temporary_folder.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/package/archive_listing.hpp"
#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/counterparts.hpp"
#include "wheelyard/release/download.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/pipeline_state.hpp"

namespace wheelyard::release {
namespace {

/// Pairs of archives that are on this machine's disk at the same time.
constexpr std::size_t pairs_at_once = 3;

PipelineState read_state(const StateStore& states, const PipelineRules& rules, const std::string& name) {
  check_release_name(name);
  if (auto stored = states.find(name); stored && stored->state.is_begun()) return std::move(stored->state);
  if (look_at_legacy(states, rules, name)) {
    throw Refused(Refusal::unknown_release, "compare", name,
                  "another program wrote it, and there are no manifests to compare",
                  "the next push or promotion takes it over");
  }
  return states.get(name).state;
}

VersionDocument resolve(const StateStore& states, const PipelineRules& rules, const PipelineState& state,
                        const std::string& text) {
  const std::string status_hint = hint_command("status", state.name) + " shows what each rank holds";
  if (!text.starts_with('@')) {
    if (const Standing* standing = state.standing(text)) return states.release(state, standing->release);
    if (!state.ranks.contains(text)) rules.index_of(text);
    throw Refused(Refusal::unknown_release, "compare", state.name,
                  "the rank " + text + " holds no release of it", status_hint);
  }
  const std::string version = text.substr(1);
  check_version(version);
  auto document = states.find_version(state.name, version);
  if (!document) {
    throw Refused(Refusal::unknown_release, "compare", state.name + text, "there is no such version",
                  hint_command("history", state.name) + " lists those that there are");
  }
  if (document->pruned) {
    throw Refused(Refusal::pruned, "compare", state.name + text,
                  "its bytes were given up by 'wheelyard release prune'", status_hint);
  }
  return std::move(*document);
}

MemberTraits traits_of(const package::ListedMember& member) {
  return {std::string(to_string(member.kind)), member.mode, member.target};
}

bool is_same(const package::ListedMember& before, const package::ListedMember& after) {
  return before.sha256 == after.sha256 && traits_of(before).has_same_mode(traits_of(after));
}

/// Two files of different bytes, and what is found within them.
struct Pair {
  const ReleaseFile* before = nullptr;
  const ReleaseFile* after = nullptr;
  std::vector<Difference> members;
  std::vector<std::string> notes;
};

class Comparison {
 public:
  Comparison(const StateStore& states, const VersionDocument& before, const VersionDocument& after,
             std::size_t workers)
      : states_(states), before_(before), after_(after), workers_(workers) {}

  /// Fetches both, and compares what is in them.
  void look_into(Pair& pair, const std::filesystem::path& folder, const ProgressSink& progress) const {
    const std::array documents{&before_, &after_};
    const std::array files{pair.before, pair.after};
    std::array<std::vector<package::ListedMember>, 2> members;
    std::array<std::string, 2> faults;
    parallel_for(2, 2, [&](std::size_t side) {
      const auto place = folder / std::to_string(side);
      fetch_release(
          states_, *documents[side], place,
          {.workers = workers_, .only = {files[side]->name}, .rename = "archive", .progress = progress});
      try {
        members[side] = package::list_archive(place / "archive", files[side]->name);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::corrupted && error.code() != ErrorCode::unsupported) throw;
        faults[side] = error.details().reason;
        if (error.code() == ErrorCode::unsupported) faults[side] += "; " + error.hint();
      }
      std::error_code ignored;
      std::filesystem::remove_all(place, ignored);
    });
    for (std::size_t side = 0; side < 2; ++side) {
      if (faults[side].empty()) continue;
      pair.notes.push_back(files[side]->name + " (" + documents[side]->manifest.version +
                           ") cannot be looked into: " + faults[side]);
    }
    if (pair.notes.empty()) compare(pair, members[0], members[1]);
  }

 private:
  static void compare(Pair& pair, const std::vector<package::ListedMember>& before,
                      const std::vector<package::ListedMember>& after) {
    for (const auto& [old, current] : find_counterparts(before, after)) {
      if (old != nullptr && current != nullptr && is_same(*old, *current)) continue;
      Difference difference;
      difference.kind = old == nullptr       ? Difference::Kind::added
                        : current == nullptr ? Difference::Kind::removed
                                             : Difference::Kind::changed;
      difference.file = pair.after->name;
      if (pair.before->name != pair.after->name) difference.file_before = pair.before->name;
      difference.member = current != nullptr ? current->path : old->path;
      if (old != nullptr && old->path != difference.member) difference.member_before = old->path;
      difference.size_before = old != nullptr ? old->size : 0;
      difference.size_after = current != nullptr ? current->size : 0;
      if (old != nullptr) difference.traits_before = traits_of(*old);
      if (current != nullptr) difference.traits_after = traits_of(*current);
      pair.members.push_back(std::move(difference));
    }
    std::ranges::stable_sort(pair.members, {}, &Difference::member);
    if (pair.members.empty())
      pair.notes.push_back(pair.after->name + ": its members are the same, only how they are packed differs");
  }

  const StateStore& states_;
  const VersionDocument& before_;
  const VersionDocument& after_;
  const std::size_t workers_;
};

Difference of_files(const ReleaseFile* before, const ReleaseFile* after) {
  Difference difference;
  difference.file = after != nullptr ? after->name : before->name;
  if (before == nullptr) {
    difference.kind = Difference::Kind::added;
  } else if (after == nullptr) {
    difference.kind = Difference::Kind::removed;
  } else {
    const bool same = before->sha256 == after->sha256 && before->size == after->size;
    difference.kind = same ? Difference::Kind::renamed : Difference::Kind::changed;
    if (before->name != after->name) difference.file_before = before->name;
  }
  difference.size_before = before != nullptr ? before->size : 0;
  difference.size_after = after != nullptr ? after->size : 0;
  return difference;
}

}  // namespace

bool MemberTraits::has_same_mode(const MemberTraits& other) const {
  constexpr std::uint32_t executable = 0111;
  if (mode && other.mode) return mode == other.mode;
  return (mode.value_or(0) & executable) == (other.mode.value_or(0) & executable);
}

std::string mode_text(std::uint32_t mode) {
  std::string text;
  for (const int shift : {9, 6, 3, 0}) text += static_cast<char>('0' + (mode >> shift & 7));
  return text;
}

std::string_view to_string(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::added:
      return "added";
    case Difference::Kind::removed:
      return "removed";
    case Difference::Kind::changed:
      return "changed";
    case Difference::Kind::renamed:
      break;
  }
  return "renamed";
}

DiffReport diff(const StateStore& states, const PipelineRules& rules, const DiffRequest& request,
                std::size_t workers) {
  const PipelineState state = read_state(states, rules, request.name);
  const VersionDocument before = resolve(states, rules, state, request.before);
  const VersionDocument after = resolve(states, rules, state, request.after);
  DiffReport report{.before = before.manifest, .after = after.manifest, .differences = {}, .notes = {}};

  // In the order of the report: each file's difference, with the place of its pair.
  std::vector<Pair> pairs;
  std::vector<std::pair<Difference, std::optional<std::size_t>>> files;
  for (const auto& [old, current] : find_counterparts(report.before, report.after)) {
    Difference difference = of_files(old, current);
    if (difference.kind == Difference::Kind::renamed && difference.file_before.empty()) continue;
    std::optional<std::size_t> pair;
    if (difference.kind == Difference::Kind::changed && package::is_listable_archive(old->name) &&
        package::is_listable_archive(current->name)) {
      pair = pairs.size();
      pairs.push_back({.before = old, .after = current, .members = {}, .notes = {}});
    }
    files.emplace_back(std::move(difference), pair);
  }
  if (!pairs.empty()) {
    const TemporaryFolder folder;
    std::mutex mutex;
    ProgressSink progress;
    if (request.progress) {
      progress = [&](const ProgressEvent& event) {
        const std::lock_guard lock(mutex);
        request.progress(event);
      };
    }
    const Comparison comparison(states, before, after, std::max<std::size_t>(workers / 2, 1));
    parallel_for(pairs.size(), std::min(pairs_at_once, workers), [&](std::size_t i) {
      comparison.look_into(pairs[i], folder.path() / std::to_string(i), progress);
    });
  }
  for (auto& [difference, pair] : files) {
    report.differences.push_back(std::move(difference));
    if (!pair) continue;
    std::ranges::move(pairs[*pair].members, std::back_inserter(report.differences));
    std::ranges::move(pairs[*pair].notes, std::back_inserter(report.notes));
  }
  return report;
}

DiffReport Pipeline::diff(const DiffRequest& request) {
  return release::diff(state_->states, state_->rules, request, state_->options.workers);
}

}  // namespace wheelyard::release
