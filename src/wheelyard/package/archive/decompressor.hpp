#pragma once

#include <memory>
#include <string_view>

#include "wheelyard/package/archive/block_reader.hpp"
#include "wheelyard/package/archive/unpack_budget.hpp"

namespace wheelyard::package {

enum class Compression { none, gzip, bzip2, xz, zstd };

/// Unpacks a whole .gz, .bz2, .xz or .zst file in blocks, to the last byte: every checksum in it is compared,
/// and nothing but further streams of its kind (or a padding of zero bytes) may follow the first.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// The next bytes, valid until the next call; none at the end. Throws `corrupted`.
  virtual std::string_view next() = 0;

  /// Throws `unsupported` where the format's library is not on this machine (xz, zstd).
  static std::unique_ptr<Decompressor> open(Compression compression, BlockReader& reader,
                                            UnpackBudget& budget);
};

}  // namespace wheelyard::package
