#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store::local {

/// Names that begin so, directly in the root, belong to puts under way and are no objects.
inline constexpr std::string_view staging_prefix = ".wheelyard-tmp-";

/// What errno says of a failed call, with a hint. Never `not_found` or `already_exists`: where those are
/// answers, the caller says so itself.
Error system_error(int number, std::string doing, const std::string& target);

/// Throws `invalid_argument` where the store's root is there and is no folder: such a store is not an empty
/// one.
void check_root(const std::string& root, std::string doing);

/// A key as the way to a file below the root.
struct KeyPath {
  std::vector<std::string> folders;
  std::string name;

  /// Throws `invalid_argument` on keys that no file can have: empty, "." and ".." parts, a NUL, parts over
  /// 255 bytes, and the names of the staging folders.
  static KeyPath parse(const std::string& key, const std::string& target);
};

/// Whether a key may exist here at all: what `parse` would not refuse.
bool is_valid_key(std::string_view key);

std::string etag_of(const struct stat& status);
ObjectInfo info_of(std::string key, const struct stat& status);

/// The folders from the root to the one that holds a file, each opened relative to the one above it and never
/// through a symbolic link: what is written or removed stays below the root.
class Folder {
 public:
  enum class Missing { create, report };

  /// With `create` makes what is missing, durably. With `report` the result is empty where a folder is
  /// missing.
  static Folder open(const std::string& root, const KeyPath& path, Missing missing,
                     const std::string& target);

  explicit operator bool() const { return !chain_.empty(); }
  int fd() const { return chain_.back().get(); }
  /// Removes the folder and those above it, as far as they are empty; never the root.
  void prune();

 private:
  std::vector<FileDescriptor> chain_;  ///< the root first
  std::vector<std::string> names_;
};

/// An exclusive lock on a folder until the end of the scope. The kernel releases it when the process dies.
class FolderLock {
 public:
  FolderLock(int folder, const std::string& target);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int folder_;
};

/// Makes what was created, renamed and removed in a folder survive a power cut.
void sync_folder(int folder, const std::string& target);

}  // namespace wheelyard::store::local
