#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/package/archive/fault.hpp"

namespace wheelyard::package {

/// A regular file whose size is taken once; shrinking later on is an error, growing is not seen.
class ArchiveFile {
 public:
  ArchiveFile(const std::filesystem::path& path, Fault fault);

  std::uint64_t size() const { return size_; }
  const Fault& fault() const { return fault_; }
  /// Exactly that many bytes.
  void read_at(std::uint64_t offset, char* buffer, std::size_t bytes) const;
  std::string read_at(std::uint64_t offset, std::size_t bytes) const;

 private:
  std::filesystem::path path_;
  Fault fault_;
  FileDescriptor descriptor_;
  std::uint64_t size_ = 0;
};

/// Goes forward over a file in blocks, and digests every byte it passes where a digest is given.
class BlockReader {
 public:
  static constexpr std::size_t capacity = 256u << 10;

  explicit BlockReader(const ArchiveFile& file, std::uint64_t offset = 0, Digest* digest = nullptr)
      : file_(file), next_(offset), digest_(digest) {}

  /// Where the next byte stands in the file.
  std::uint64_t position() const { return next_ - (end_ - begin_); }
  std::uint64_t left() const { return file_.size() - position(); }
  /// The next bytes without passing them: `bytes` (at most `capacity`), fewer only at the file's end.
  std::string_view peek(std::size_t bytes);
  /// Some of the next bytes: 1 to `most`; none only at the file's end.
  std::string_view peek_some(std::uint64_t most);
  void consume(std::size_t bytes) { begin_ += bytes; }
  const ArchiveFile& file() const { return file_; }

 private:
  void fill(std::size_t wanted);

  const ArchiveFile& file_;
  std::uint64_t next_;  // offset behind what the buffer holds
  Digest* digest_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace wheelyard::package
