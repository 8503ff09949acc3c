#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wheelyard {

/// ASCII only, whatever the locale; other bytes stay as they are.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_alpha(c);
}
/// C0 and DEL.
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
/// 0 to 15; -1 for what is no hexadecimal digit.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
constexpr bool is_hex_digit(char c) {
  return hex_value(c) >= 0;
}

/// Without ASCII white space at both ends.
std::string_view trim(std::string_view text);
/// Always at least one part; empty parts are kept.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Fit to be shown on a terminal or in a log: control characters (C0, DEL, C1, line ends, bidirectional
/// overrides) and bytes that are not UTF-8 become \xNN. What is longer than `limit` bytes is cut and ends
/// with "...".
std::string printable(std::string_view text, std::size_t limit = 2000);
/// The text as one word of a POSIX shell: quoted only where it must be.
std::string shell_word(std::string_view text);
/// Whether all of it is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace wheelyard
