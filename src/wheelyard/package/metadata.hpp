#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard::package {

/// Core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/), read as RFC 822
/// headers. Bytes that are not UTF-8 are kept as they are.
struct Metadata {
  /// In order. A continuation line stays as written behind a line feed.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  ///< the description, where it stands behind the fields (metadata 2.1)

  std::string get(std::string_view name) const;  ///< the first of that name (case ignored), or ""
  std::vector<std::string> get_all(std::string_view name) const;
};

/// A folded value on one line.
std::string unfolded(std::string_view value);

/// Lines may end in LF, CRLF or CR. Throws `corrupted`, naming `what`, where there are no fields at all.
Metadata parse_metadata(std::string_view text, std::string_view what);

/// What Requires-Dist names, each on one line.
std::vector<std::string> needs_of(const Metadata& metadata);

/// Whether a PKG-INFO leaves it to the build what the wheels will need: before metadata 2.2, or where it
/// names Requires-Dist as Dynamic.
bool leaves_needs_open(const Metadata& metadata);

}  // namespace wheelyard::package
