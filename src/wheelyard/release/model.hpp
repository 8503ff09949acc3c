#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/clock.hpp"

namespace wheelyard::release {

/// One file of a release.
struct ReleaseFile {
  std::string name;
  std::uint64_t size = 0;
  std::string sha256;  ///< hexadecimal
  /// The ETag of its bytes in the archive, for pinned copies; "" where it is not known. No part of the
  /// digest: it changes when a bucket moves, the bytes do not.
  std::string etag;
  /// Where its bytes are, if not at `archive/<version>/<name>`; below the store's prefix. No part of the
  /// digest.
  std::string key;
  bool operator==(const ReleaseFile&) const = default;
};

/// What a version of a name is, for ever: its files in the order of their names.
struct Manifest {
  std::string name;
  std::string version;
  std::vector<ReleaseFile> files;

  /// SHA-256 of `canonical_text`, hexadecimal: the same for the same name, version and bytes, whoever pushed
  /// them, when and where.
  std::string digest() const;
  /// {"files":[{"name":…,"sha256":…,"size":…}],"name":…,"version":…}: compact JSON, members in byte order.
  std::string canonical_text() const;
  std::uint64_t size() const;  ///< bytes of all files
  const ReleaseFile* find(std::string_view file) const;
  bool operator==(const Manifest&) const = default;
};

/// A version of the name that is meant, and its manifest's digest.
struct Reference {
  std::string version;
  std::string digest;
  bool operator==(const Reference&) const = default;
};

Reference reference_to(const Manifest& manifest);

/// Who acts, as well as it is known. Recorded, never trusted with rights: whoever may write to the bucket may
/// write anything.
struct Caller {
  std::string identity;    ///< a person or a role: "alice", "arn:aws:sts::1:assumed-role/ci/42"
  std::string credential;  ///< what the store was asked with: an access key id; "" for folders
  std::string run;         ///< the CI run's URL; "" for none
  bool operator==(const Caller&) const = default;
};

/// What a gate said of a step.
struct GateResult {
  std::string gate;  ///< "command ./smoke-test", "minimum_time 24h", "note", "approval"
  bool passed = false;
  std::string detail;  ///< for a person: "exit status 3 after 12 s", "approved by bob"
  bool operator==(const GateResult&) const = default;
};

enum class Action {
  push,      ///< a release came into the first rank
  promote,   ///< what stood in the rank `source` came into `rank`
  rollback,  ///< an earlier release of `rank` came back
  undo,      ///< a step that could not be completed (`undone`) was taken back
  adopt,     ///< what another program had put into `rank` was taken over
  approve,   ///< `to` may be promoted to `rank`, somebody says
  prune,     ///< the bytes of `pruned` were given up
};
/// "push", "promote", …
std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view word);

/// Somebody's word that a release may come into a rank.
struct Approval {
  std::string rank;
  Reference release;
  Caller by;
  TimePoint at{};
  std::string note;
  bool operator==(const Approval&) const = default;
};

/// One line of a name's history. Each names the digest of the one before it.
struct Entry {
  std::uint64_t seq = 0;  ///< 1, 2, 3 …
  std::string previous;   ///< SHA-256 of the entry before, as it is stored; "" for the first
  std::string id;         ///< at random: whose entry it is, for a writer that lost the answer
  Action action = Action::push;
  std::string rank;  ///< "" for prune
  std::optional<Reference> from;
  std::optional<Reference> to;
  std::string source;                ///< promote: the rank that it came out of
  std::vector<std::string> skipped;  ///< promote: ranks that were left out
  std::uint64_t undone = 0;          ///< undo: the entry that was taken back
  std::vector<Reference> pruned;
  TimePoint at{};
  Caller by;
  std::string note;
  std::vector<GateResult> gates;
  std::vector<Approval> approvals;  ///< undo: those that the step had used up, and that count again
  bool operator==(const Entry&) const = default;
};

/// A release in a rank.
struct Standing {
  Reference release;
  std::uint64_t seq = 0;  ///< the entry that put it there
  TimePoint since{};
  Caller by;
  bool operator==(const Standing&) const = default;
};

/// A version whose files may lie at a rank's documented keys.
struct LaidOut {
  std::string version;
  std::vector<std::string> files;  ///< their names; none: too many, the version document has them
  bool operator==(const LaidOut&) const = default;
};
inline constexpr std::size_t most_names_inline = 16;

struct RankState {
  std::optional<Standing> current;
  /// The version document of `current` where it is small (`inline_limit`): saves a request. "" else.
  std::string document;
  /// What `rollback` goes back to, the latest first, by `seq`: releases that stood here and were not rolled
  /// back from.
  std::vector<Standing> earlier;
  /// What the last step took out of `earlier`, for an undo to put back.
  std::vector<Standing> dropped;
  /// What may lie at the documented keys, `current` too once that has begun.
  std::vector<LaidOut> laid_out;
  bool operator==(const RankState&) const = default;
};
inline constexpr std::size_t inline_limit = 2048;  ///< bytes
inline constexpr std::size_t earlier_limit = 32;

/// Work that was begun: written down before it, struck out after it. Whoever finds one that nobody works on
/// finishes or drops it.
struct Intent {
  enum class Kind {
    push,     ///< bytes of `release` are being stored; nothing shows them yet
    lay_out,  ///< the documented keys of `rank` are being brought in line with entry `seq`
    prune,    ///< the bytes of `release` are being deleted: no rank may take it any more
  };
  std::string id;
  Kind kind = Kind::lay_out;
  std::string rank;
  std::uint64_t seq = 0;
  Reference release;
  TimePoint since{};
  std::string worker;  ///< the process, see worker.hpp
  Caller by;
  /// lay_out: somebody who was overtaken may have written old bytes after us: once more.
  bool again = false;
  /// lay_out: others have laid out in its place. It stays for what its process may still have on its way:
  /// where the rank has moved on by then, the keys are laid out once more.
  bool helped = false;
  bool operator==(const Intent&) const = default;
};
std::string_view to_string(Intent::Kind kind);

/// All that is true of a name: one object, changed only by compare-and-swap.
struct PipelineState {
  std::string name;
  std::vector<std::string> order;  ///< the ranks as the last push knew them, the first one first
  std::map<std::string, RankState> ranks;
  std::uint64_t seq = 0;       ///< of the last entry; 0: none yet
  std::string last_entry;      ///< the last entry's text, byte for byte
  std::uint64_t swaps = 0;     ///< goes up with each: no two states have the same bytes
  std::uint64_t recorded = 0;  ///< entries up to here certainly have their objects
  std::vector<Intent> intents;
  std::vector<Approval> approvals;
  bool operator==(const PipelineState&) const = default;

  /// False where the first push of the name was refused, or has died and was cleared away: there is no
  /// release of that name.
  bool is_begun() const { return seq > 0 || !intents.empty(); }
  /// Null where the rank holds nothing (or is not known).
  const Standing* standing(std::string_view rank) const;
};

}  // namespace wheelyard::release
