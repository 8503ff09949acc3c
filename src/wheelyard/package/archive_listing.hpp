#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/distribution.hpp"

namespace wheelyard::package {

/// A file within an archive. Folders are not listed; a link is listed with what it points to as its content.
struct ListedMember {
  enum class Kind { file, symbolic_link, hard_link, device };

  std::string path;  ///< bytes as the archive has them, but for "./" at the front
  std::uint64_t size = 0;
  std::string sha256;  ///< hexadecimal, of the content; of links and devices, something that fits no file
  Kind kind = Kind::file;
  /// Of a file, its permission bits (07777); none where the archive does not say, as a zip made on Windows.
  std::optional<std::uint32_t> mode{};
  std::string target{};  ///< of a link; of a longer one the first 4,096 bytes
  bool operator==(const ListedMember&) const = default;
};

/// "file", "symbolic link", "hard link", "device".
std::string_view to_string(ListedMember::Kind kind);

/// Whether `list_archive` knows the format that a file of that name should have: zip (.zip, .whl, .jar, .egg,
/// .pipper) and tar, packed or not (.tar, .tar.gz, .tgz, .tar.bz2, .tbz2, .tar.xz, .txz, .tar.zst, .tzst).
/// Letters count the same in either case.
bool is_listable_archive(std::string_view filename);

/// Every file of an archive in byte order of its path, each read to its end: the digests are of what an
/// unpacker would write, not of what a directory claims. Of a path that a tar holds twice the last counts.
/// `filename` is what the file is called where it came from, and says the format. Bounded memory and time.
///
/// Throws `corrupted` (no such archive, damaged, a bomb), `unsupported` (another name, or no library for xz
/// or zstd here), `not_found`.
std::vector<ListedMember> list_archive(const std::filesystem::path& path, const std::string& filename,
                                       const InspectLimits& limits = {});

}  // namespace wheelyard::package
