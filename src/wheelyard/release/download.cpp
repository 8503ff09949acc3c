#include "wheelyard/release/download.hpp"

#include <algorithm>

#include <sys/stat.h>

#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/fetcher.hpp"
#include "wheelyard/release/foreign.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/staging_folder.hpp"

namespace wheelyard::release {
namespace {

constexpr std::string_view verify_hint = "run 'wheelyard release verify --deep' to see what is wrong";

std::vector<ReleaseFile> chosen_files(const Manifest& manifest, const std::vector<std::string>& only) {
  std::vector<ReleaseFile> files;
  for (const auto& file : manifest.files) {
    if (only.empty() || std::ranges::find(only, file.name) != only.end()) files.push_back(file);
  }
  return files;
}

std::string name_of(const DownloadRequest& request, const Standing& standing) {
  return request.name + " " + standing.release.version + " (" + request.rank + ")";
}

/// What the rank holds; throws Refused where that is nothing or another version than was asked for.
Standing wanted_standing(const PipelineState& state, const PipelineRules& rules,
                         const DownloadRequest& request) {
  const Standing* standing = state.standing(request.rank);
  if (standing == nullptr) {
    if (!state.ranks.contains(request.rank)) rules.index_of(request.rank);
    throw Refused(Refusal::unknown_release, "download", request.name,
                  "the rank " + request.rank + " holds no release of it",
                  hint_command("status", request.name) + " shows what each rank holds");
  }
  if (!request.version.empty() && standing->release.version != request.version) {
    throw Refused(Refusal::other_version, "download", request.name + "@" + request.version,
                  "the rank " + request.rank + " holds version " + standing->release.version,
                  "leave the version out, or name a rank that holds it");
  }
  return *standing;
}

/// Where the files go: a folder and, for a release of one file that is to be called otherwise, its name.
struct Target {
  std::filesystem::path folder;
  std::string rename;
};

/// A bucket that another program wrote, and that nobody has taken over yet: the documented key is all there
/// is. Its bytes are held against what the store knows of them.
DownloadReport download_legacy(const StateStore& states, const DownloadRequest& request,
                               const Standing& standing, const Target& target) {
  const std::string key = states.layout().rank_file(request.rank, request.name);
  const std::string name = target.rename.empty() ? request.name : target.rename;
  StagingFolder staging(target.folder);
  staging.check_free({{"0", name}});
  const store::ObjectInfo info = states.store().head(key);
  const std::string version = foreign_version(info);
  if (version != standing.release.version) {
    throw Error(ErrorCode::precondition_failed, "download", states.store().describe(key),
                "it was replaced while it was read", "try again");
  }
  ReleaseFile file{.name = request.name, .size = info.size, .sha256 = {}, .etag = info.etag, .key = key};
  file.sha256 = Fetcher(states, staging, request.progress).fetch_unknown(file);
  staging.publish({{"0", name}});
  return {.manifest = {.name = request.name, .version = version, .files = {file}},
          .rank = request.rank,
          .seq = 0,
          .paths = {target.folder / name}};
}

Target target_of(const std::filesystem::path& to, std::size_t files) {
  struct stat status{};
  const bool there = ::stat(to.c_str(), &status) == 0;
  const bool is_folder = there && S_ISDIR(status.st_mode);
  // A missing name is a file's for one file, as for cp; a slash behind it makes it a folder's.
  if (to.empty() || is_folder || !to.has_filename()) return {to, {}};
  if (files == 1) return {to.parent_path(), to.filename().string()};
  if (there) {
    throw Error(ErrorCode::invalid_argument, "write", to.string(),
                "it is a file, and the release has " + std::to_string(files) + " files", "name a folder");
  }
  return {to, {}};
}

}  // namespace

std::vector<std::filesystem::path> fetch_release(const StateStore& states, const VersionDocument& document,
                                                 const std::filesystem::path& folder,
                                                 const FetchOptions& options) {
  const auto files = chosen_files(document.manifest, options.only);
  if (!options.rename.empty() && files.size() != 1) {
    throw Error(ErrorCode::invalid_argument, "write", (folder / options.rename).string(),
                std::to_string(files.size()) + " files cannot have one name", "name a folder");
  }
  std::vector<StagingFolder::Placement> placements;
  std::vector<std::filesystem::path> paths;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& name = options.rename.empty() ? files[i].name : options.rename;
    if (options.rename.empty()) check_file_name(name);
    placements.push_back({std::to_string(i), name});
    paths.push_back(folder / name);
  }
  StagingFolder staging(folder);
  staging.check_free(placements);
  Fetcher(states, staging, options.progress).fetch(document.manifest, files, options.workers);
  staging.publish(placements);
  return paths;
}

DownloadReport download(const StateStore& states, const PipelineRules& rules, const DownloadRequest& request,
                        std::size_t workers) {
  check_release_name(request.name);
  std::uint64_t seq_before = 0;
  for (;;) {
    const auto stored = states.find(request.name);
    if (!stored) {
      if (const auto legacy = look_at_legacy(states, rules, request.name)) {
        const Standing standing = wanted_standing(*legacy, rules, request);
        return download_legacy(states, request, standing, target_of(request.to, 1));
      }
    }
    const PipelineState state =
        stored && stored->state.is_begun() ? stored->state : states.get(request.name).state;
    const Standing standing = wanted_standing(state, rules, request);
    try {
      const VersionDocument document = states.release(state, standing.release);
      const Target target = target_of(request.to, document.manifest.files.size());
      auto paths = fetch_release(
          states, document, target.folder,
          {.workers = workers, .only = {}, .rename = target.rename, .progress = request.progress});
      return {
          .manifest = document.manifest, .rank = request.rank, .seq = state.seq, .paths = std::move(paths)};
    } catch (const Error& error) {
      const auto* refused = dynamic_cast<const Refused*>(&error);
      const bool gone =
          store::is_absence(error) || (refused != nullptr && refused->refusal() == Refusal::pruned);
      if (!gone) throw;
      // A prune takes what no rank holds: then the rank has moved on since the state was read.
      if (state.seq == seq_before) {
        throw Error(ErrorCode::corrupted, "download", name_of(request, standing),
                    "the rank holds it, and its bytes are not there: " + error.details().target + ": " +
                        error.details().reason,
                    std::string(verify_hint));
      }
      seq_before = state.seq;
    }
  }
}

}  // namespace wheelyard::release
