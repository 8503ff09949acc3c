#pragma once

#include <optional>

#include "wheelyard/transfer/detail/local_source.hpp"

namespace wheelyard::transfer {

/// The bytes of an object or a file, to be compared with others.
class Content {
 public:
  Content(store::ObjectStore& store, std::string key, const store::VendorHeaders& vendor);
  explicit Content(OpenFile file);

  std::uint64_t size() const { return size_; }
  /// What the store keeps of it; empty for files.
  const std::vector<store::ObjectChecksum>& checksums() const { return checksums_; }
  bool is_file() const { return file_ != nullptr; }
  /// The digest that `like` is, of these bytes. None where it is of parts that nobody knows.
  std::optional<std::string> digest(Context& context, const store::ObjectChecksum& like,
                                    const Content& of) const;
  /// SHA-256 of all, read to the end.
  std::string read_digest(Context& context) const;

 private:
  std::vector<std::uint64_t> part_sizes(std::uint32_t parts) const;

  store::ObjectStore* store_ = nullptr;
  std::string key_;
  std::string etag_;
  store::VendorHeaders vendor_;
  std::vector<store::ObjectChecksum> checksums_;
  std::shared_ptr<const OpenFile> file_;
  std::uint64_t size_ = 0;
};

/// By the digests that the stores keep where two can be compared, else by reading both.
bool same_content(Context& context, const Content& left, const Content& right);

/// Checksum of a range of a file, in pieces, while it is looked whether that is still wanted.
std::string checksum_range(Context& context, const OpenFile& file, std::uint64_t offset, std::uint64_t size,
                           ChecksumAlgorithm algorithm);

}  // namespace wheelyard::transfer
