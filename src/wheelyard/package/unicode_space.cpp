#include "wheelyard/package/unicode_space.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wheelyard::package {
namespace {

using namespace std::string_view_literals;

constexpr bool is_space_byte(char c) {
  return (c >= '\x09' && c <= '\x0d') || (c >= '\x1c' && c <= '\x20');
}

// U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
constexpr std::array wide_spaces = {"\xc2\x85"sv,     "\xc2\xa0"sv,     "\xe1\x9a\x80"sv, "\xe2\x80\x80"sv,
                                    "\xe2\x80\x81"sv, "\xe2\x80\x82"sv, "\xe2\x80\x83"sv, "\xe2\x80\x84"sv,
                                    "\xe2\x80\x85"sv, "\xe2\x80\x86"sv, "\xe2\x80\x87"sv, "\xe2\x80\x88"sv,
                                    "\xe2\x80\x89"sv, "\xe2\x80\x8a"sv, "\xe2\x80\xa8"sv, "\xe2\x80\xa9"sv,
                                    "\xe2\x80\xaf"sv, "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv};

std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_space_byte(text.front())) return 1;
  const auto* const space = std::ranges::find_if(wide_spaces, [&](auto s) { return text.starts_with(s); });
  return space == wide_spaces.end() ? 0 : space->size();
}

std::size_t trailing_space(std::string_view text) {
  if (text.empty()) return 0;
  if (is_space_byte(text.back())) return 1;
  const auto* const space = std::ranges::find_if(wide_spaces, [&](auto s) { return text.ends_with(s); });
  return space == wide_spaces.end() ? 0 : space->size();
}

}  // namespace

std::string_view trim_unicode(std::string_view text) {
  while (const std::size_t bytes = leading_space(text)) text.remove_prefix(bytes);
  while (const std::size_t bytes = trailing_space(text)) text.remove_suffix(bytes);
  return text;
}

bool has_unicode_space(std::string_view text) {
  return std::ranges::any_of(text, is_space_byte) || std::ranges::any_of(wide_spaces, [&](auto space) {
           return text.find(space) != std::string_view::npos;
         });
}

}  // namespace wheelyard::package
