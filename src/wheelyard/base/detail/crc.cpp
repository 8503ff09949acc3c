#include "wheelyard/base/detail/crc.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Polynomials are held reflected: the highest bit of a word stands for x^0. All three CRCs are one piece of
// code: one of 32 bits is worked on in the low half of a 64-bit register.
namespace wheelyard::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they stand in memory");

/// A CRC of `Bits` bits with this reflected polynomial.
template <unsigned Bits, std::uint64_t Polynomial>
struct Field {
  static constexpr std::uint64_t ones = ~std::uint64_t{0} >> (64 - Bits);

  static constexpr std::uint64_t times_x(std::uint64_t a) {
    return (a >> 1) ^ ((a & 1) != 0 ? Polynomial : 0);
  }

  static constexpr std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    for (std::uint64_t bit = std::uint64_t{1} << (Bits - 1); bit != 0; bit >>= 1) {
      if ((a & bit) != 0) product ^= b;
      b = times_x(b);
    }
    return product;
  }

  /// x to the power of n, modulo the polynomial.
  static constexpr std::uint64_t power(std::uint64_t n) {
    std::uint64_t result = std::uint64_t{1} << (Bits - 1);
    std::uint64_t square = result >> 1;
    for (; n != 0; n >>= 1) {
      if ((n & 1) != 0) result = multiply(result, square);
      square = multiply(square, square);
    }
    return result;
  }

  /// What moves the two halves of 16 bytes on by `distance` bits. A carry-less product of reflected words
  /// comes out multiplied by x, hence the ones taken off; a 32-bit CRC's constants stand in the upper half.
  static constexpr std::uint64_t fold_low(unsigned distance) { return power(distance + 63) << (64 - Bits); }
  static constexpr std::uint64_t fold_high(unsigned distance) { return power(distance - 1) << (64 - Bits); }

  /// tables[k][byte]: a byte that k more bytes follow.
  static constexpr auto make_tables() {
    std::array<std::array<std::uint64_t, 256>, 8> tables{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
      std::uint64_t value = byte;
      for (int i = 0; i < 8; ++i) value = times_x(value);
      tables[0][byte] = value;
    }
    for (std::size_t k = 1; k < 8; ++k) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::uint64_t before = tables[k - 1][byte];
        tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
      }
    }
    return tables;
  }
  static constexpr auto tables = make_tables();

  /// Works on the register as it is, without the ones at both ends.
  static std::uint64_t by_tables(std::uint64_t state, const char* data, std::size_t size) {
    for (; size >= 8; data += 8, size -= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, data, 8);
      word ^= state;
      state = 0;
      for (unsigned i = 0; i < 8; ++i) state ^= tables[7 - i][word >> (8 * i) & 0xFF];
    }
    for (; size > 0; ++data, --size) {
      state = (state >> 8) ^ tables[0][(state ^ static_cast<unsigned char>(*data)) & 0xFF];
    }
    return state;
  }

  static std::uint64_t combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b) {
    // Times eight for bits, which the number of bytes might have no room for: three squarings.
    std::uint64_t shift = power(length_of_b);
    for (int i = 0; i < 3; ++i) shift = multiply(shift, shift);
    return multiply(a, shift) ^ b;
  }
};

using Crc32 = Field<32, 0xEDB88320>;
using Crc32c = Field<32, 0x82F63B78>;
using Crc64Nvme = Field<64, 0x9A6C9329AC4BC9B5>;

#if defined(__x86_64__)

// "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Gopal and others, Intel, 2009):
// accumulators, each moved on past the others every round; in the end they are folded into one, and what is
// left goes through the tables.

/// Both constants that move 16 bytes on by `Bytes`.
template <typename F, unsigned Bytes>
struct Step {
  static constexpr auto low = static_cast<long long>(F::fold_low(8 * Bytes));
  static constexpr auto high = static_cast<long long>(F::fold_high(8 * Bytes));
};

[[gnu::target("pclmul,sse4.1")]] inline __m128i load(const char* data) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}

[[gnu::target("pclmul,sse4.1")]] inline __m128i fold(__m128i value, __m128i by, __m128i onto) {
  return _mm_xor_si128(
      onto, _mm_xor_si128(_mm_clmulepi64_si128(value, by, 0x00), _mm_clmulepi64_si128(value, by, 0x11)));
}

/// Folds `lanes` accumulators and the rest of the data.
template <typename F>
[[gnu::target("pclmul,sse4.1")]] std::uint64_t fold_rest(const __m128i* lane, std::size_t lanes,
                                                         const char* data, std::size_t size) {
  const __m128i near = _mm_set_epi64x(Step<F, 16>::high, Step<F, 16>::low);
  __m128i sum = lane[0];
  for (std::size_t i = 1; i < lanes; ++i) sum = fold(sum, near, lane[i]);
  for (; size >= 16; data += 16, size -= 16) sum = fold(sum, near, load(data));
  char left[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(left), sum);
  return F::by_tables(F::by_tables(0, left, sizeof left), data, size);
}

/// Eight accumulators of 16 bytes. At least 128 bytes.
template <typename F>
[[gnu::target("pclmul,sse4.1")]] std::uint64_t by_pclmul(std::uint64_t state, const char* data,
                                                         std::size_t size) {
  constexpr std::size_t lanes = 8;
  constexpr std::size_t stride = 16 * lanes;
  __m128i lane[lanes];
  for (std::size_t i = 0; i < lanes; ++i) lane[i] = load(data + 16 * i);
  lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi64_si128(static_cast<long long>(state)));
  const __m128i far = _mm_set_epi64x(Step<F, stride>::high, Step<F, stride>::low);
  for (data += stride, size -= stride; size >= stride; data += stride, size -= stride) {
    for (std::size_t i = 0; i < lanes; ++i) lane[i] = fold(lane[i], far, load(data + 16 * i));
  }
  return fold_rest<F>(lane, lanes, data, size);
}

/// Four accumulators of 64 bytes. At least 256 bytes.
template <typename F>
[[gnu::target("vpclmulqdq,pclmul,avx512f,sse4.1")]] std::uint64_t by_vpclmul(std::uint64_t state,
                                                                             const char* data,
                                                                             std::size_t size) {
  constexpr std::size_t lanes = 4;
  constexpr std::size_t stride = 64 * lanes;
  __m512i lane[lanes];
  for (std::size_t i = 0; i < lanes; ++i) lane[i] = _mm512_loadu_si512(data + 64 * i);
  lane[0] =
      _mm512_xor_si512(lane[0], _mm512_zextsi128_si512(_mm_cvtsi64_si128(static_cast<long long>(state))));
  constexpr auto low_step = Step<F, stride>::low;
  constexpr auto high_step = Step<F, stride>::high;
  const __m512i far = _mm512_set4_epi64(high_step, low_step, high_step, low_step);
  for (data += stride, size -= stride; size >= stride; data += stride, size -= stride) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const __m512i low = _mm512_clmulepi64_epi128(lane[i], far, 0x00);
      const __m512i high = _mm512_clmulepi64_epi128(lane[i], far, 0x11);
      constexpr int exclusive_or_of_three = 0x96;
      lane[i] =
          _mm512_ternarylogic_epi64(low, high, _mm512_loadu_si512(data + 64 * i), exclusive_or_of_three);
    }
  }
  __m128i narrow[4 * lanes];
  for (std::size_t i = 0; i < lanes; ++i) _mm512_storeu_si512(narrow + 4 * i, lane[i]);
  return fold_rest<F>(narrow, 4 * lanes, data, size);
}

template <typename F>
std::uint64_t by_multiplication(std::uint64_t state, const char* data, std::size_t size) {
  static const bool wide =
      __builtin_cpu_supports("vpclmulqdq") != 0 && __builtin_cpu_supports("avx512f") != 0;
  static const bool narrow = __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
  if (wide && narrow && size >= 512) return by_vpclmul<F>(state, data, size);
  if (narrow && size >= 128) return by_pclmul<F>(state, data, size);
  return F::by_tables(state, data, size);
}

#else

template <typename F>
std::uint64_t by_multiplication(std::uint64_t state, const char* data, std::size_t size) {
  return F::by_tables(state, data, size);
}

#endif

template <typename F>
std::uint64_t tables_alone(std::uint64_t value, std::string_view bytes) {
  return F::by_tables(value ^ F::ones, bytes.data(), bytes.size()) ^ F::ones;
}

template <typename F>
std::uint64_t fastest(std::uint64_t value, std::string_view bytes) {
  return by_multiplication<F>(value ^ F::ones, bytes.data(), bytes.size()) ^ F::ones;
}

}  // namespace

std::uint64_t crc32(std::uint64_t value, std::string_view bytes) {
  return fastest<Crc32>(value, bytes);
}
std::uint64_t crc32c(std::uint64_t value, std::string_view bytes) {
  return fastest<Crc32c>(value, bytes);
}
std::uint64_t crc64nvme(std::uint64_t value, std::string_view bytes) {
  return fastest<Crc64Nvme>(value, bytes);
}

std::uint64_t combine_crc32(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b) {
  return Crc32::combine(a, b, length_of_b);
}
std::uint64_t combine_crc32c(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b) {
  return Crc32c::combine(a, b, length_of_b);
}
std::uint64_t combine_crc64nvme(std::uint64_t a, std::uint64_t b, std::uint64_t length_of_b) {
  return Crc64Nvme::combine(a, b, length_of_b);
}

std::uint64_t crc32_by_tables(std::uint64_t value, std::string_view bytes) {
  return tables_alone<Crc32>(value, bytes);
}
std::uint64_t crc32c_by_tables(std::uint64_t value, std::string_view bytes) {
  return tables_alone<Crc32c>(value, bytes);
}
std::uint64_t crc64nvme_by_tables(std::uint64_t value, std::string_view bytes) {
  return tables_alone<Crc64Nvme>(value, bytes);
}

}  // namespace wheelyard::detail
