#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// A file to be pushed, as it was when it was digested.
struct LocalFile {
  std::filesystem::path path;
  ReleaseFile file;
  std::int64_t modified = 0;  ///< nanoseconds
  std::uint64_t inode = 0;

  /// Throws `corrupted` where it is not the same file any more, by what the system tells.
  void check_unchanged() const;
};

/// Digests them all, `workers` at once, in the order of their names. Throws `invalid_argument` for no file at
/// all, two of one name, a folder, a name that no release's file may have.
std::vector<LocalFile> inspect_files(const std::vector<std::filesystem::path>& paths, std::size_t workers);

/// A random UUID (RFC 9562, version 4).
std::string random_uuid();

}  // namespace wheelyard::release
