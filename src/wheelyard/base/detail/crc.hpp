#pragma once

#include <cstdint>
#include <string_view>

namespace wheelyard::detail {

/// The CRCs here are the reflected ones with a register of ones at both ends, as zlib's. A value is what
/// `crc32()` of zlib returns: that of nothing is 0, and each function goes on from the value so far.
std::uint64_t crc32(std::uint64_t value, std::string_view bytes);      ///< ISO-HDLC: gzip, zlib
std::uint64_t crc32c(std::uint64_t value, std::string_view bytes);     ///< Castagnoli: iSCSI (RFC 3720)
std::uint64_t crc64nvme(std::uint64_t value, std::string_view bytes);  ///< NVM Express; "Rocksoft"

/// The value of A followed by B.
std::uint64_t combine_crc32(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b);
std::uint64_t combine_crc32c(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b);
std::uint64_t combine_crc64nvme(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b);

/// The same by tables alone, as it runs on a processor without carry-less multiplication.
std::uint64_t crc32_by_tables(std::uint64_t value, std::string_view bytes);
std::uint64_t crc32c_by_tables(std::uint64_t value, std::string_view bytes);
std::uint64_t crc64nvme_by_tables(std::uint64_t value, std::string_view bytes);

}  // namespace wheelyard::detail
