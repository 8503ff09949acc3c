#include <array>
#include <string>

#include <gtest/gtest.h>

#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/detail/crc.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

using enum ChecksumAlgorithm;

std::string checksum(ChecksumAlgorithm algorithm, std::string_view bytes) {
  Checksum state(algorithm);
  state.update(bytes);
  return state.finish();
}

/// Bytes without a short period.
std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i * 7 + i / 3 + (i >> 8) * 13);
  return bytes;
}

TEST(Checksum, PublishedCheckValues) {
  // The catalogue's check values (reveng.sourceforge.io/crc-catalogue): of the nine digits.
  EXPECT_EQ(to_hex(checksum(crc32, "123456789")), "cbf43926");
  EXPECT_EQ(to_hex(checksum(crc32c, "123456789")), "e3069283");
  EXPECT_EQ(to_hex(checksum(crc64nvme, "123456789")), "ae8b14860a799888");
  // RFC 3720, appendix B.4; NVM Express NVM command set, 5.2.1.3.5: 4 KiB of zeros.
  EXPECT_EQ(to_hex(checksum(crc32c, std::string(32, '\0'))), "8a9136aa");
  EXPECT_EQ(to_hex(checksum(crc32c, std::string(32, '\xFF'))), "62a8ab43");
  EXPECT_EQ(to_hex(checksum(crc64nvme, std::string(4096, '\0'))), "6482d367eb22b64e");
  EXPECT_EQ(to_hex(checksum(crc64nvme, std::string(4096, '\xFF'))), "c0ddba7302eca3ac");
  EXPECT_EQ(to_base64(checksum(sha1, "abc")), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
  EXPECT_EQ(to_base64(checksum(sha256, "abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(to_base64(checksum(md5, "abc")), "kAFQmDzST7DWlj99KOF/cg==");
  EXPECT_EQ(to_base64(checksum(crc32c, "")), "AAAAAA==");
}

TEST(Checksum, SameAsTheCommonRuntimeAndZlib) {
  struct Expected {
    std::size_t size;
    std::uint64_t crc32, crc32c, crc64nvme;
  };
  // By awscrt's checksums module and Python's zlib, over the same pattern.
  constexpr std::array<Expected, 13> expected{{
      {0, 0x00000000, 0x00000000, 0x0000000000000000},
      {1, 0xD202EF8D, 0x527D5351, 0xD5DA5047EFEC8728},
      {9, 0x3B637DDF, 0x9793CAC8, 0x176D4F98DE6CF339},
      {15, 0x7E6250E2, 0x99F8DC2F, 0x3FE1EB97A14C7A25},
      {16, 0xAEA0626A, 0x41B45879, 0x0C97ADD0206CBC5E},
      {127, 0x0415BBFA, 0x70FC9C37, 0x8A1B7CB754EB597F},
      {128, 0xDEB0E10E, 0x74AC4825, 0x93A979D1B2E81B16},
      {129, 0xEEDFBBBD, 0x0C1AC33D, 0x3316F1B557C9974A},
      {255, 0x36EBC65A, 0x1451D30A, 0x403241EC2528A22C},
      {256, 0x3B57A17E, 0x25ED3FB9, 0x8BE1B9F7E0653266},
      {1000, 0x6635802A, 0x531D5A62, 0x3B0C97A4A80A1F6D},
      {65536, 0x1F26BAD9, 0xA614B84B, 0x1C82101FB1457EFC},
      {1000003, 0x4D58C28A, 0xCF5D38DF, 0xEEB3213803AE91A5},
  }};
  for (const auto& [size, of_crc32, of_crc32c, of_crc64nvme] : expected) {
    const std::string bytes = pattern(size);
    EXPECT_EQ(detail::crc32(0, bytes), of_crc32) << size;
    EXPECT_EQ(detail::crc32c(0, bytes), of_crc32c) << size;
    EXPECT_EQ(detail::crc64nvme(0, bytes), of_crc64nvme) << size;
    EXPECT_EQ(detail::crc32_by_tables(0, bytes), of_crc32) << size;
    EXPECT_EQ(detail::crc32c_by_tables(0, bytes), of_crc32c) << size;
    EXPECT_EQ(detail::crc64nvme_by_tables(0, bytes), of_crc64nvme) << size;
  }
}

TEST(Checksum, ManyLengthsAndPlacesGiveTheSameByMultiplicationAndByTables) {
  const std::string bytes = pattern(3000);
  for (std::size_t start = 0; start < 17; ++start) {
    for (std::size_t size = 0; size < 2900; size += size < 600 ? 1 : 37) {
      const auto piece = std::string_view(bytes).substr(start, size);
      ASSERT_EQ(detail::crc32(7, piece), detail::crc32_by_tables(7, piece)) << start << " " << size;
      ASSERT_EQ(detail::crc32c(7, piece), detail::crc32c_by_tables(7, piece)) << start << " " << size;
      ASSERT_EQ(detail::crc64nvme(7, piece), detail::crc64nvme_by_tables(7, piece)) << start << " " << size;
    }
  }
}

TEST(Checksum, InPiecesAndCombined) {
  const std::string bytes = pattern(100'000);
  for (const auto algorithm : {crc32c, crc32, crc64nvme, sha1, sha256, md5}) {
    const std::string whole = checksum(algorithm, bytes);
    for (const std::size_t cut : {0u, 1u, 127u, 4096u, 65'537u, 100'000u}) {
      const auto a = std::string_view(bytes).substr(0, cut);
      const auto b = std::string_view(bytes).substr(cut);
      Checksum state(algorithm);
      state.update(a);
      state.update(b);
      EXPECT_EQ(state.finish(), whole) << to_string(algorithm) << " " << cut;
      if (!can_combine(algorithm)) continue;
      EXPECT_EQ(combine_checksums(algorithm, checksum(algorithm, a), checksum(algorithm, b), b.size()), whole)
          << to_string(algorithm) << " " << cut;
    }
  }
}

TEST(Checksum, CombinesPiecesOfAnyLength) {
  // Zeros of 2^62 bytes as the same piece joined to itself again and again, and at once.
  std::string zeros = checksum(crc64nvme, std::string(1, '\0'));
  std::string joined = zeros;
  std::uint64_t length = 1;
  for (int i = 0; i < 61; ++i, length *= 2) zeros = combine_checksums(crc64nvme, zeros, zeros, length);
  for (std::uint64_t left = 1, unit = 1; unit < length; unit *= 2, left += unit) {
    std::string piece = checksum(crc64nvme, std::string(1, '\0'));
    for (std::uint64_t size = 1; size < unit; size *= 2) {
      piece = combine_checksums(crc64nvme, piece, piece, size);
    }
    joined = combine_checksums(crc64nvme, joined, piece, unit);
  }
  EXPECT_EQ(joined, zeros);
}

TEST(Checksum, RefusesWhatCannotBeCombined) {
  EXPECT_FALSE(can_combine(sha256));
  EXPECT_THROW(combine_checksums(sha256, std::string(32, 'a'), std::string(32, 'b'), 1), Error);
  EXPECT_THROW(combine_checksums(crc32c, "1234", "12345678", 1), Error);
  EXPECT_THROW(combine_checksums(crc64nvme, "1234", "12345678", 1), Error);
}

TEST(Checksum, Names) {
  for (const auto algorithm : {crc32c, crc32, crc64nvme, sha1, sha256, md5}) {
    EXPECT_EQ(parse_checksum_algorithm(to_string(algorithm)), algorithm);
  }
  EXPECT_EQ(parse_checksum_algorithm("CRC64NVME"), crc64nvme);
  EXPECT_EQ(parse_checksum_algorithm("sha512"), std::nullopt);
  EXPECT_EQ(parse_checksum_algorithm(""), std::nullopt);
}

}  // namespace
}  // namespace wheelyard
