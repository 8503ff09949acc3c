#include <algorithm>
#include <array>
#include <optional>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"

namespace wheelyard::store::s3 {
namespace {

/// An encoded word has at most 75 characters: 12 of form, 60 of base64.
constexpr std::size_t bytes_of_word = 45;

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::optional<std::string> decode_quoted(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '_') {
      bytes += ' ';
    } else if (text[at] != '=') {
      bytes += text[at];
    } else {
      if (at + 2 >= text.size() || !is_hex_digit(text[at + 1]) || !is_hex_digit(text[at + 2]))
        return std::nullopt;
      bytes += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    }
  }
  return bytes;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string result;
  for (const char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xC0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return result;
}

/// The bytes of "=?charset?B?...?=" in UTF-8, and where the word ends; none where there is no such word.
struct Word {
  std::string bytes;
  bool latin1 = false;
  std::size_t end = 0;
};
std::optional<Word> word_at(std::string_view text, std::size_t begin) {
  if (text.substr(begin, 2) != "=?") return std::nullopt;
  const auto charset_end = text.find('?', begin + 2);
  if (charset_end == std::string_view::npos || text.substr(charset_end + 2, 1) != "?") return std::nullopt;
  const auto end = text.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view charset = text.substr(begin + 2, charset_end - begin - 2);
  charset = charset.substr(0, charset.find('*'));
  const bool latin1 = equals_ignoring_case(charset, "iso-8859-1");
  if (!latin1 && !equals_ignoring_case(charset, "utf-8") && !equals_ignoring_case(charset, "us-ascii"))
    return std::nullopt;
  const std::string_view content = text.substr(charset_end + 3, end - charset_end - 3);
  Word word{.latin1 = latin1, .end = end + 2};
  switch (text[charset_end + 1]) {
    case 'B':
    case 'b':
      try {
        word.bytes = from_base64(content);
      } catch (const Error&) {
        return std::nullopt;
      }
      return word;
    case 'Q':
    case 'q': {
      auto bytes = decode_quoted(content);
      if (!bytes) return std::nullopt;
      word.bytes = std::move(*bytes);
      return word;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string encode_metadata(std::string_view value) {
  // What a reader would take for an encoded word, or a server would trim, is encoded too.
  const bool plain = is_printable_ascii(value) && trim(value).size() == value.size() &&
                     value.find("=?") == std::string_view::npos;
  if (plain) return std::string(value);
  std::string result;
  while (!value.empty()) {
    std::size_t count = std::min(bytes_of_word, value.size());
    // Each word holds whole characters.
    while (count > 1 && count < value.size() && is_continuation(value[count])) --count;
    if (!result.empty()) result += ' ';
    result += "=?UTF-8?B?" + to_base64(value.substr(0, count)) + "?=";
    value.remove_prefix(count);
  }
  return result;
}

std::string decode_metadata(std::string_view value) {
  std::string result;
  std::string pending_blank;
  bool after_word = false;
  for (std::size_t at = 0; at < value.size();) {
    if (auto word = word_at(value, at)) {
      // Blanks between two words belong to neither.
      if (!after_word) result += pending_blank;
      result += word->latin1 ? utf8_of_latin1(word->bytes) : word->bytes;
      pending_blank.clear();
      after_word = true;
      at = word->end;
    } else if (value[at] == ' ') {
      pending_blank += value[at++];
    } else {
      result += std::exchange(pending_blank, {});
      result += value[at++];
      after_word = false;
    }
  }
  result += pending_blank;
  // Servers that give back the bytes as they came hold UTF-8; HTTP's own characters are Latin-1.
  return is_utf8(result) ? result : utf8_of_latin1(result);
}

}  // namespace wheelyard::store::s3
