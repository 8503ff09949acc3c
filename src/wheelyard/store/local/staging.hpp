#pragma once

#include <string>

#include <sys/stat.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::store::local {

/// A file on its way into the store: written and synced in a folder beside the objects, of this user alone,
/// which is there only while something is being written.
///
/// Its writer holds a lock on it, so whoever finds one that is not locked knows that its writer died.
class StagedFile {
 public:
  StagedFile(const std::string& root, const SourcePtr& body, const std::string& target);
  StagedFile(const std::string& root, Reader& body, const std::string& target);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  int folder() const { return folder_.get(); }
  const std::string& name() const { return name_; }
  /// Sets the modification time to now, or to just behind `current` (null: there is none) where that is
  /// later: no two states of an object ever share an ETag. Returns the file's status.
  struct stat stamp(const struct stat* current);
  /// It has been renamed into the store.
  void published() { name_.clear(); }

 private:
  StagedFile(const std::string& root, const std::string& target);
  void create(const std::string& root);
  void copy(Reader& body);
  void discard();

  std::string target_;
  FileDescriptor root_;
  std::string folder_name_;
  FileDescriptor folder_;
  std::string name_;
  FileDescriptor file_;
};

/// Removes what writers of this user that died have left under `root`.
void sweep_staging(const std::string& root);

}  // namespace wheelyard::store::local
