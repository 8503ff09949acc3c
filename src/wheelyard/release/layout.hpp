#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::release {

/// Where things lie. The one place that knows the keys (docs/release-protocol.md). The first two are s3p's
/// own, the rest is private.
class Layout {
 public:
  /// `prefix` is "" or ends with "/".
  explicit Layout(std::string prefix) : prefix_(std::move(prefix)) {}

  const std::string& prefix() const { return prefix_; }
  std::string rank_file(std::string_view rank, std::string_view file) const;    ///< qa/my.tar.gz
  std::string archived(std::string_view version, std::string_view file) const;  ///< archive/1/my.tar.gz
  std::string state(std::string_view name) const;                               ///< the truth
  std::string history(std::string_view name) const;                             ///< what entries begin with
  std::string entry(std::string_view name, std::uint64_t seq) const;
  std::string versions(std::string_view name) const;
  std::string version(std::string_view name, std::string_view version) const;  ///< its version document
  /// Where a store keeps no metadata: that a file's bytes in the archive were put there for this name.
  std::string stored_mark(std::string_view name, std::string_view version, std::string_view file) const;
  std::string file_claims() const;  ///< what every file's claim begins with
  /// Bytes of one push whose places in the archive are taken by those of a push that died; without arguments,
  /// of a version, of all.
  std::string pushed(std::string_view name) const;
  std::string pushed(std::string_view name, std::string_view version) const;
  std::string pushed(std::string_view name, std::string_view version, std::string_view push,
                     std::string_view file) const;
  std::string file_claim(std::string_view file) const;  ///< whose file name it is
  /// Bytes whose place in the archive something else has taken, by their SHA-256. No two versions share them:
  /// one of them may be pruned.
  std::string kept(std::string_view name, std::string_view version, std::string_view sha256,
                   std::string_view file) const;
  std::string adoption(std::string_view name) const;  ///< a take-over that is under way
  /// A copy of a state that could not be read.
  std::string damaged(std::string_view name, std::string_view stamp) const;
  /// What every name's folder begins with.
  std::string names() const { return prefix_ + ".wheelyard/releases/"; }
  /// The number of an entry's key; none where it is no such key.
  std::optional<std::uint64_t> entry_of(std::string_view name, std::string_view key) const;

 private:
  std::string folder(std::string_view name) const;

  std::string prefix_;
};

/// What a rank, a name, a file and a version may be called. Each throws `invalid_argument` with what is
/// wrong. None may be empty, ".", "..", hold "/" or control characters, begin with ".wheelyard" or be longer
/// than 200 bytes; a rank and a release may not be called "archive", where s3p's archive is; a version begins
/// and ends with no blank.
void check_rank_name(std::string_view rank);
void check_release_name(std::string_view name);
void check_file_name(std::string_view file);
void check_version(std::string_view version);
/// What somebody says of a step: at most 10,000 bytes, since each state carries some. Throws
/// `invalid_argument`.
void check_note(std::string_view note);
/// What `check_release_name` would not refuse.
bool is_release_name(std::string_view name);

}  // namespace wheelyard::release
