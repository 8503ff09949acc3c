#include "wheelyard/base/checksum.hpp"

#include <array>
#include <utility>

#include "wheelyard/base/detail/crc.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

constexpr std::array<std::pair<ChecksumAlgorithm, std::string_view>, 6> names{{
    {ChecksumAlgorithm::crc32c, "crc32c"},
    {ChecksumAlgorithm::crc32, "crc32"},
    {ChecksumAlgorithm::crc64nvme, "crc64nvme"},
    {ChecksumAlgorithm::sha1, "sha1"},
    {ChecksumAlgorithm::sha256, "sha256"},
    {ChecksumAlgorithm::md5, "md5"},
}};

std::size_t crc_size(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc64nvme ? 8 : 4;
}

std::string crc_bytes(ChecksumAlgorithm algorithm, std::uint64_t value) {
  std::string raw(crc_size(algorithm), '\0');
  for (std::size_t i = raw.size(); i-- > 0; value >>= 8) raw[i] = static_cast<char>(value & 0xFF);
  return raw;
}

std::uint64_t crc_value(std::string_view raw) {
  std::uint64_t value = 0;
  for (const char byte : raw) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32c:
    case ChecksumAlgorithm::crc32:
    case ChecksumAlgorithm::crc64nvme:
      break;
    case ChecksumAlgorithm::sha1:
      digest_.emplace(DigestAlgorithm::sha1);
      break;
    case ChecksumAlgorithm::sha256:
      digest_.emplace(DigestAlgorithm::sha256);
      break;
    case ChecksumAlgorithm::md5:
      digest_.emplace(DigestAlgorithm::md5);
      break;
  }
}

void Checksum::update(std::string_view bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::crc32c:
      crc_ = detail::crc32c(crc_, bytes);
      break;
    case ChecksumAlgorithm::crc32:
      crc_ = detail::crc32(crc_, bytes);
      break;
    case ChecksumAlgorithm::crc64nvme:
      crc_ = detail::crc64nvme(crc_, bytes);
      break;
    case ChecksumAlgorithm::sha1:
    case ChecksumAlgorithm::sha256:
    case ChecksumAlgorithm::md5:
      digest_->update(bytes);
  }
}

std::string Checksum::finish() {
  return digest_ ? digest_->finish() : crc_bytes(algorithm_, crc_);
}

bool can_combine(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc32c || algorithm == ChecksumAlgorithm::crc32 ||
         algorithm == ChecksumAlgorithm::crc64nvme;
}

std::string combine_checksums(ChecksumAlgorithm algorithm, std::string_view a, std::string_view b,
                              std::uint64_t length_of_b) {
  const std::string doing = "combine";
  const std::string what = "checksums by " + std::string(to_string(algorithm));
  if (!can_combine(algorithm)) {
    throw Error(ErrorCode::invalid_argument, doing, what, "only those of CRCs can be combined");
  }
  if (a.size() != crc_size(algorithm) || b.size() != crc_size(algorithm)) {
    throw Error(ErrorCode::invalid_argument, doing, what,
                "one of them has not " + std::to_string(crc_size(algorithm)) + " bytes");
  }
  const auto combine = algorithm == ChecksumAlgorithm::crc32c  ? detail::combine_crc32c
                       : algorithm == ChecksumAlgorithm::crc32 ? detail::combine_crc32
                                                               : detail::combine_crc64nvme;
  return crc_bytes(algorithm, combine(crc_value(a), crc_value(b), length_of_b));
}

std::string_view to_string(ChecksumAlgorithm algorithm) {
  for (const auto& [known, name] : names) {
    if (known == algorithm) return name;
  }
  return "unknown";
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name) {
  for (const auto& [algorithm, known] : names) {
    if (equals_ignoring_case(name, known)) return algorithm;
  }
  return std::nullopt;
}

}  // namespace wheelyard
