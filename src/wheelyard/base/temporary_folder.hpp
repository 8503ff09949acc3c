#pragma once

#include <filesystem>

namespace wheelyard {

/// A new folder that only its owner can look into, below TMPDIR; gone with all that is in it when the object
/// is.
class TemporaryFolder {
 public:
  /// Throws what `system_error_for` makes of errno.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wheelyard
