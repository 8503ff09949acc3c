#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::index {

/// An object's bytes in a temporary file (TMPDIR, mode 0600), for readers that need to seek. Gone with the
/// object.
class LocalCopy {
 public:
  /// Throws as the store does; `unavailable` where the disk is full.
  LocalCopy(store::ObjectStore& store, const std::string& key);
  ~LocalCopy();
  LocalCopy(const LocalCopy&) = delete;
  LocalCopy& operator=(const LocalCopy&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

}  // namespace wheelyard::index
