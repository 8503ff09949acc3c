#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "wheelyard/base/temporary_folder.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// An object's bytes in a temporary file (TMPDIR, mode 0600), for readers that need to seek. Gone with the
/// object.
class LocalCopy {
 public:
  /// Throws as the store does; `unavailable` where the disk is full.
  LocalCopy(store::ObjectStore& store, const std::string& key);

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

}  // namespace wheelyard::index
