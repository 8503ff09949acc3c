#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::index {

/// The URL of a file that lies in its page's folder: percent-encoded, "+" as %2B (S3 reads "+" as a space).
std::string file_url(std::string_view filename);

/// Whether a page may link to it: relative, or http, https or file; no blanks, control characters or
/// backslashes.
bool is_link_url(std::string_view url);

/// The last part of a URL's path, decoded; empty where there is none or it is no safe file name.
std::string url_filename(std::string_view url);

/// Safe as a file's name in a key and on disk: not empty, ".", "..", and no "/", "\" or control character.
bool is_safe_filename(std::string_view filename);

/// The key that a link of the page at `page_key` means, where the repository lies at `prefix` ("" or ending
/// in "/", `page_key` beginning with it). "../../pool/x.whl" is followed as far as the prefix and no further.
/// None for what lies outside, for absolute URLs and paths, and for parts that decode to "..", or to text
/// with "/".
std::optional<std::string> resolve_link(std::string_view prefix, std::string_view page_key,
                                        std::string_view url);

/// The relative URL from the page at `page_key` to `key`: what `resolve_link` resolves back.
std::string relative_link(std::string_view page_key, std::string_view key);

}  // namespace wheelyard::index
