#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/store/object_store.hpp"
#include "wheelyard/transfer/filter.hpp"
#include "wheelyard/transfer/place.hpp"

namespace wheelyard::transfer {

/// What one item of a transfer came to.
struct ItemEvent {
  enum class Action { upload, download, copy, remove };
  enum class Outcome {
    done,
    planned,  ///< a dry run: nothing was changed
    skipped,  ///< the target had it, or a condition of the request was not met: `reason` says which
    failed,   ///< `error` says why
  };
  Action action = Action::copy;
  Outcome outcome = Outcome::done;
  bool moved = false;  ///< the source was removed after it
  std::string source;  ///< for messages and JSON: a URL or a path; "" for removals
  std::string target;
  std::uint64_t size = 0;  ///< bytes
  std::string etag;        ///< the target's, where it has one
  std::string reason;
  std::optional<Error> error;
};

/// The words of JSON output: "upload", "download", "copy", "remove"; "done", "planned", "skipped", "failed".
std::string_view to_string(ItemEvent::Action action);
std::string_view to_string(ItemEvent::Outcome outcome);

/// How far the whole has come.
struct TransferProgress {
  std::uint64_t items_done = 0;  ///< failed and skipped ones too
  std::uint64_t items_known = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_known = 0;
  bool all_known = false;  ///< listing has ended: the totals are final
};

/// Called from any thread, one call at a time. What they throw ends the transfer and is thrown on.
struct TransferSinks {
  std::function<void(const ItemEvent&)> on_item;
  /// Some times a second, and before every piece of work: the place to stop one that is no longer wanted.
  std::function<void(const TransferProgress&)> on_progress;
};

struct TransferOptions {
  std::size_t jobs = 0;          ///< requests at once; 0: chosen by the engine
  std::uint64_t part_size = 0;   ///< bytes; 0: chosen by the object's size
  std::uint64_t limit_rate = 0;  ///< bytes a second over all; 0: no limit
  bool resume = true;            ///< go on with what an earlier run left of a big object
  bool follow_symlinks = true;   ///< of local trees; else links are passed over
  /// Modification time and mode of files go along in metadata ("mtime" in seconds with nine decimals, as
  /// rclone; "mode" in octal, "0100644"), and come back. Read too: RFC 3339 times, s3fs's decimal modes.
  bool preserve = false;
  bool dry_run = false;
  Filter filter;  ///< for trees
  /// Attributes of what is written to a store; `mode` is set by `if_absent` and `if_match`. For copies within
  /// stores: where any is given they take the place of the source's.
  store::PutOptions put;
  bool guess_content_type = true;   ///< by the file's name, where `put` has none
  bool replace_metadata = false;    ///< for copies: `put` has the attributes, though all of it may be empty
  store::VendorHeaders get_vendor;  ///< for reading the source: customer keys, who pays
  bool if_absent = false;           ///< an item whose target is there is skipped
  std::string if_match;  ///< a single item: only over a target (download: from a source) with this ETag
};

/// A source and where it goes.
struct CopyPair {
  Place source;
  Place target;
  bool recursive = false;  ///< as in the request, for this source
};

struct CopyRequest {
  Place source;
  Place target;
  /// What else goes with it, each to a target of its own: `cp a b c folder/`. All are one piece of work: the
  /// same options, requests at once, progress and report. Not with a stream or `if_match`.
  std::vector<CopyPair> more;
  bool recursive = false;  ///< the tree below the source; else one file or object
  bool move = false;       ///< the source goes once the target is complete and checked
  TransferOptions options;
};

/// How `sync` tells that an item needs no transfer.
enum class Comparison {
  size_and_time,  ///< same size, and the target not older than the source
  exact_time,     ///< as size_and_time; in downloads any difference of the times counts
  size_only,
  checksum,  ///< the bytes: by the digests that the store keeps, read where it keeps none that fits
};

struct SyncRequest {
  Place source;
  Place target;
  Comparison comparison = Comparison::size_and_time;
  /// Removes from the target what the source has not, at the end; nothing where not all of the source could
  /// be looked at. What the filter leaves out stays.
  bool remove_extra = false;
  TransferOptions options;
};

struct RemoveRequest {
  Place target;
  std::vector<Place> more;  ///< what else is removed with it, in as few requests as the store can
  bool recursive = false;
  TransferOptions options;  ///< jobs, filter, dry_run
};

struct TransferReport {
  std::uint64_t done = 0;  ///< planned ones too, as in `removed`
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::uint64_t removed = 0;  ///< by `sync` and `remove`
  std::uint64_t bytes = 0;    ///< moved, in done items
};

/// Copies, moves. A wildcard is the caller's affair: see `expand`. Throws where nothing can be begun (source
/// or bucket not there, not allowed); a failed item is told to the sink and counted, and the rest goes on.
TransferReport copy(const CopyRequest& request, const TransferSinks& sinks = {});
TransferReport sync(const SyncRequest& request, const TransferSinks& sinks = {});
TransferReport remove(const RemoveRequest& request, const TransferSinks& sinks = {});

/// The places that a name with `*`, `?` or `[` in its last part stands for; the place itself where it has
/// none. An object that is called just so goes ahead of what the pattern would match. Throws `not_found`
/// where nothing fits.
std::vector<Place> expand(const Place& pattern);

}  // namespace wheelyard::transfer
