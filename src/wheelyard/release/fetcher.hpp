#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/release/staging_folder.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Brings files of one release into a staging folder, called "0", "1", … in their order, and holds each
/// against its size and SHA-256. Large files come in ranges, so that one of them keeps all workers busy.
class Fetcher {
 public:
  Fetcher(const StateStore& states, const StagingFolder& staging, ProgressSink progress);

  /// `files` are of `manifest`.
  void fetch(const Manifest& manifest, const std::vector<ReleaseFile>& files, std::size_t workers);
  /// The object at `file.key`, whole, as "0", while it has `file.etag`: the store's own digest is held
  /// against it, since nothing else is known of it. Returns its SHA-256.
  std::string fetch_unknown(const ReleaseFile& file);

 private:
  struct File;
  struct Piece;

  void fetch_whole(const File& file);
  void fetch_range(File& file, const Piece& piece);
  void check_written(const File& file) const;
  void tell(ProgressEvent::Kind kind, const File& file, std::uint64_t done);

  const StateStore& states_;
  const StagingFolder& staging_;
  const ProgressSink progress_;
  std::mutex progress_mutex_;
};

}  // namespace wheelyard::release
