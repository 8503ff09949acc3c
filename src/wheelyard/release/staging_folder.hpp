#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::release {

/// Files that come into a folder all together or not at all: they are written in a hidden folder within it,
/// and renamed at the end. The hidden folder is locked while it is in use and goes with the object; what a
/// process that died has left is removed by the next one. Thread-safe but for `publish`.
class StagingFolder {
 public:
  /// A file's name here, and the one that it is to get.
  struct Placement {
    std::string staged;
    std::string name;
  };

  /// `root` is made where it is missing. Throws `invalid_argument` where it is no folder,
  /// `permission_denied`, `unavailable`.
  explicit StagingFolder(std::filesystem::path root);
  ~StagingFolder();
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path_of(const std::string& name) const { return root_ / name; }
  /// A staged file, made where it is missing, open for reading and writing.
  FileDescriptor open(const std::string& staged) const;

  /// Throws `invalid_argument` where one of the names in the root could not be given to a file: a folder or a
  /// device has it.
  void check_free(const std::vector<Placement>& placements) const;
  /// Gives all files their names. What is there is replaced; a symbolic link is replaced and never followed.
  /// Where that fails on the way, all is put back.
  void publish(const std::vector<Placement>& placements);

 private:
  void make();
  void sweep() const;
  bool give_name(const Placement& placement) const;
  void put_back(const Placement& placement, bool exchanged) const noexcept;

  const std::filesystem::path root_;
  FileDescriptor root_folder_;
  FileDescriptor folder_;
  std::string name_;
};

}  // namespace wheelyard::release
