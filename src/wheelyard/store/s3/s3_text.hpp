#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/base/url.hpp"

namespace wheelyard::store::s3 {

/// An ETag as it stands in headers and documents, without its quotes.
inline std::string unquote_etag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

inline std::string quote_etag(std::string_view etag) {
  return '"' + std::string(etag) + '"';
}

/// "" for the usual class, which some servers name and some do not.
inline std::string storage_class_of(std::string_view text) {
  return text == "STANDARD" ? std::string() : std::string(text);
}

/// All of the text, as a decimal number.
inline std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// A key as it stands in a listing that was asked for with encoding-type=url: as in a query, where a plus is
/// a blank. None where it is not encoded as it says.
inline std::optional<std::string> listed_name(std::string_view text, bool encoded) {
  if (!encoded) return std::string(text);
  std::string plain(text);
  std::ranges::replace(plain, '+', ' ');
  return try_percent_decode(plain);
}

}  // namespace wheelyard::store::s3
