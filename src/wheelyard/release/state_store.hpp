#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/model.hpp"
#include "wheelyard/release/state_json.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::release {

/// A name's state as it was read. Without an ETag it is not there yet, and is written by `create`.
struct StoredState {
  PipelineState state;
  std::optional<std::string> etag;
};

/// Of a state, an entry or a version document; more is neither written nor read.
inline constexpr std::uint64_t most_document_bytes = 16u << 20;

/// Throws `invalid_argument` where a document of that many bytes could not be read again.
void check_document_size(std::uint64_t size, const std::string& what);

/// Reads and swaps states, entries and version documents. Stateless and thread-safe.
class StateStore {
 public:
  StateStore(store::ObjectStore& store, Layout layout) : store_(store), layout_(std::move(layout)) {}

  /// None where it is certainly absent. Throws `corrupted` on a state that cannot be read.
  std::optional<StoredState> find(const std::string& name) const;
  bool has_history(const std::string& name) const;
  /// The state of a name that has a history. Throws `corrupted` where it is lost.
  StoredState beside_history(const std::string& name) const;
  /// Of a release that somebody has asked for. Throws Refused (unknown_release).
  StoredState get(const std::string& name) const;
  /// One that was there a moment ago, as it is now. Throws Refused (unknown_release) where it is gone.
  StoredState reread(const std::string& name) const;
  /// Writes over the state that was read. False: somebody else was first, nothing has changed. On success
  /// `stored` carries the new ETag.
  bool swap(StoredState& stored) const;

  /// The object of the last entry, if it may be missing. Has to come before a swap that replaces
  /// `last_entry`.
  void record(const PipelineState& state) const;
  /// An entry's text; the last one comes out of the state. Throws `corrupted` where it is missing.
  std::string entry_text(const PipelineState& state, std::uint64_t seq) const;
  /// Entries from the newest to the oldest, read as they are asked for (some at once), each held against the
  /// digest that its successor names. `visit` returns false to stop. Throws `corrupted` for a broken chain.
  void walk_back(const PipelineState& state, const std::function<bool(const Entry&)>& visit) const;

  /// A version's document. None where there is none.
  std::optional<VersionDocument> find_version(const std::string& name, const std::string& version,
                                              std::string* etag = nullptr) const;
  /// The document of exactly that release: out of the rank's state where it is there, else read. Throws
  /// Refused (pruned), `corrupted` where it is missing or has another digest.
  VersionDocument release(const PipelineState& state, const Reference& wanted) const;
  /// The same for a release that is about to come into a rank and is in none that keeps it from being pruned:
  /// Refused (pruned) also while a prune is at it. Holds for exactly this state.
  VersionDocument release_to_bring_back(const PipelineState& state, const Reference& wanted) const;
  /// The document of what a rank holds, as `release` gives it; none where the rank is empty.
  std::optional<VersionDocument> held(const PipelineState& state, const std::string& rank) const;

  /// Writes a JSON document below `.wheelyard/`. Throws as a put does: `already_exists`,
  /// `precondition_failed`; and as `check_document_size` does.
  store::PutResult put_document(const std::string& key, std::string text, store::PutMode mode) const;

  std::vector<std::string> names() const;

  /// The key of a file's bytes.
  std::string bytes_key(const Manifest& manifest, const ReleaseFile& file) const;

  store::ObjectStore& store() const { return store_; }
  const Layout& layout() const { return layout_; }

 private:
  [[noreturn]] void throw_unknown(const std::string& name) const;

  store::ObjectStore& store_;
  Layout layout_;
};

}  // namespace wheelyard::release
