#include <array>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<signed char, 256> inverse(std::string_view alphabet) {
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  }
  return table;
}
constexpr auto standard_inverse = inverse(standard);
constexpr auto url_safe_inverse = inverse(url_safe);

std::string encode(std::string_view raw, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((raw.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, raw.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(raw[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= count) {
        out += alphabet[group >> (18 - 6 * k) & 63];
      } else if (padded) {
        out += '=';
      }
    }
  }
  return out;
}

[[noreturn]] void refuse(const char* what, const char* reason) {
  throw Error(ErrorCode::invalid_argument, "decode", what, reason);
}

/// `text` is without padding. Bits beyond the last whole byte must be 0, so that each value has one text
/// only.
std::string decode(std::string_view text, const std::array<signed char, 256>& table, const char* what) {
  if (text.size() % 4 == 1) refuse(what, "its length cannot be right");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = table[static_cast<unsigned char>(c)];
    if (value < 0) refuse(what, "it holds a character that is not of the alphabet");
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  if ((bits & ((1u << held) - 1)) != 0) refuse(what, "it ends with stray bits");
  return out;
}

}  // namespace

std::string to_hex(std::string_view raw) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(raw.size() * 2);
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string from_hex(std::string_view hex) {
  const auto value = [](char c) -> unsigned {
    if (!is_hex_digit(c)) refuse("hexadecimal text", "it holds a character that is no digit");
    return static_cast<unsigned>(hex_value(c));
  };
  if (hex.size() % 2 != 0) refuse("hexadecimal text", "it has an odd number of digits");
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(value(hex[i]) << 4 | value(hex[i + 1]));
  return out;
}

std::string to_base64(std::string_view raw) {
  return encode(raw, standard, true);
}

std::string from_base64(std::string_view text) {
  if (text.size() % 4 != 0) refuse("base64 text", "its length is not a multiple of 4");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, standard_inverse, "base64 text");
}

std::string to_base64url(std::string_view raw) {
  return encode(raw, url_safe, false);
}

std::string from_base64url(std::string_view text) {
  return decode(text, url_safe_inverse, "base64url text");
}

}  // namespace wheelyard
