#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/archive/block_reader.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::package {

/// One member, as the central directory describes it.
struct ZipEntry {
  std::string name;
  std::uint64_t offset = 0;  ///< of its local header
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  std::uint32_t attributes = 0;  ///< external; Unix's mode in the upper half where `unix`
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  bool unix = false;

  bool is_directory() const { return name.ends_with('/'); }
  /// Permission bits, 07777; none where it was made without.
  std::optional<std::uint32_t> mode() const {
    if (!unix || attributes >> 16 == 0) return std::nullopt;
    return attributes >> 16 & 07777;
  }
  bool is_symlink() const { return unix && (attributes >> 16 & 0170000) == 0120000; }
};

/// A zip archive that reads the same for every reader: the central directory, the local headers and the data
/// agree, members follow one another without gap or overlap, no name stands twice, and nothing precedes the
/// first member or follows the directory's end. Whatever could make one installer see other files than
/// another is an Error. Stored and deflated members only (as the wheel format has it), zip64 too; no
/// encryption. Format: PKWARE's APPNOTE 6.3.10.
class ZipArchive {
 public:
  using Sink = std::function<void(std::string_view)>;

  /// Reads and checks the central directory.
  ZipArchive(const ArchiveFile& file, const InspectLimits& limits);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  /// In the order in which they stand in the file.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// Unpacks the member at `index` into the sink, checking local header, sizes and CRC. `reader` stands at
  /// the member's offset and afterwards at the next member's.
  void unpack(std::size_t index, BlockReader& reader, const Sink& sink);
  /// The whole of a small member; more than `limit` bytes is an error.
  std::string read(std::size_t index, std::uint64_t limit);

 private:
  struct Inflater;

  void find_directory();
  void read_directory(const InspectLimits& limits);
  void check_layout(const InspectLimits& limits) const;
  void pass_local_header(const ZipEntry& entry, BlockReader& reader) const;
  void pass_descriptor(std::size_t index, BlockReader& reader) const;
  std::uint64_t next_offset(std::size_t index) const {
    return index + 1 < entries_.size() ? entries_[index + 1].offset : directory_offset_;
  }

  const ArchiveFile& file_;
  const Fault& fault_;
  std::vector<ZipEntry> entries_;
  std::uint64_t directory_offset_ = 0;
  std::uint64_t directory_size_ = 0;
  std::uint64_t declared_entries_ = 0;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace wheelyard::package
