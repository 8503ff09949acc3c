#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

struct FetchOptions {
  std::size_t workers = 16;       ///< requests at once
  std::vector<std::string> only;  ///< these of the release's files; none: all
  /// For a single file: what it is to be called in the folder. "": as in the release.
  std::string rename;
  ProgressSink progress;
};

/// Fetches a release's files out of the archive into a folder (made where it is missing), each held against
/// its SHA-256 and size. They appear there all together or not at all, in place of what is called so. Nothing
/// is written outside the folder. Returns their paths in the manifest's order.
///
/// Throws `not_found` where bytes are not in the archive (any more), `corrupted` where they are others.
std::vector<std::filesystem::path> fetch_release(const StateStore& states, const VersionDocument& document,
                                                 const std::filesystem::path& folder,
                                                 const FetchOptions& options = {});

/// `Pipeline::download`. Where a prune was faster, with the release that the rank holds then.
DownloadReport download(const StateStore& states, const PipelineRules& rules, const DownloadRequest& request,
                        std::size_t workers);

}  // namespace wheelyard::release
