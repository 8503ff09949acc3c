#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/base/digest.hpp"

namespace wheelyard {

/// The algorithms that S3 stores and checks, and MD5 for ETags.
enum class ChecksumAlgorithm { crc32c, crc32, crc64nvme, sha1, sha256, md5 };

/// An incremental checksum. The CRCs run at the speed of memory (docs/decisions/008-transfer-profile.md), the
/// others are OpenSSL's. `finish` may be called once.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);
  void update(std::string_view bytes);
  std::string finish();  ///< raw bytes, the most significant first, as S3 encodes them in base64

 private:
  ChecksumAlgorithm algorithm_;
  std::uint64_t crc_ = 0;
  std::optional<Digest> digest_;
};

/// Whether the checksum of two pieces together follows from those of the pieces: true for the CRCs.
bool can_combine(ChecksumAlgorithm algorithm);
/// The checksum of A followed by B, from both's checksums and B's length in bytes. Throws `invalid_argument`
/// where the algorithm cannot, or where `a` or `b` has not its length.
std::string combine_checksums(ChecksumAlgorithm algorithm, std::string_view a, std::string_view b,
                              std::uint64_t length_of_b);

std::string_view to_string(ChecksumAlgorithm algorithm);  ///< "crc32c", "crc64nvme", ...
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);  ///< case does not matter

}  // namespace wheelyard
