#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard {

/// An absolute URL in parts (RFC 3986). `path` and `query` are as they stand in the URL: percent-encoded.
struct Url {
  std::string scheme;     ///< lower case
  std::string user_info;  ///< still encoded; a secret: never printed
  std::string host;       ///< lower case; an IPv6 address without its brackets
  std::optional<std::uint16_t> port;
  std::string path;      ///< begins with "/" or is empty
  std::string query;     ///< without "?"
  std::string fragment;  ///< without "#"

  /// Throws `invalid_argument`.
  static Url parse(std::string_view text);
  /// Host with port where it is not the scheme's own: the value of a Host header.
  std::string authority() const;
  /// The whole URL, user info included: for sending, not for printing.
  std::string to_string() const;
  /// For messages and logs: no user info, no query values.
  std::string display() const;
};

/// Percent-encodes all but RFC 3986's unreserved characters and those in `keep`. Upper-case hexadecimal.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Throws `invalid_argument` on a broken escape.
std::string percent_decode(std::string_view text);
/// The same; none on a broken escape.
std::optional<std::string> try_percent_decode(std::string_view text);
/// For messages about text that is no URL: without what stands before "@", which may be a password.
std::string without_user_info(std::string_view text);
/// A reference against a base, as RFC 3986 section 5.2 resolves it.
std::string resolve_url(std::string_view base, std::string_view reference);
/// "a=1&b" in order, decoded ("+" stays a plus).
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace wheelyard
