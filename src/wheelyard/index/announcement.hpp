#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::index {

/// A file that lies in the bucket whole, with its `.metadata`, and waits to be listed. The whole of it stands
/// in the key of an empty object, so that one listing tells a publisher what all others have ready:
///
///   <prefix>.wheelyard/new/<name>/<filename>/<size>.<sha256>.<metadata>/<requires-python>…/entry.v1
///
/// Digests and Requires-Python are base64url (RFC 4648 section 5), the latter in parts of 240 characters at
/// most; <metadata> is the digest of the `.metadata` file, "-" without one, "m" for one of unknown digest.
/// Where the key would be longer than 1,024 bytes, Requires-Python goes into the body, and its place in the
/// key takes the body's digest: …/<sha256 of the body>/body.v1, the body being
/// {"requires-python":"<base64url>"} and a line feed. The last part is never the name of a folder, so a
/// folder can be a store.
struct Announcement {
  std::string project;  ///< normalised
  std::string filename;
  std::uint64_t size = 0;
  std::string sha256;  ///< hexadecimal
  bool has_metadata = false;
  std::string metadata_sha256;  ///< hexadecimal; may be empty though has_metadata
  std::string requires_python;

  bool operator==(const Announcement&) const = default;
};

struct AnnouncementObject {
  std::string key;
  std::string body;  ///< empty for nearly all
};

struct ParsedAnnouncement {
  std::string prefix;  ///< of the repository
  Announcement announcement;
  /// Hexadecimal digest of the object's body, which must be read for Requires-Python; else empty.
  std::string body_sha256;
  bool body_needed() const { return !body_sha256.empty(); }
};

/// "<prefix>.wheelyard/new/": of all projects.
std::string announcements_prefix(std::string_view prefix);
/// "<prefix>.wheelyard/new/<name>/": of one.
std::string announcements_prefix(std::string_view prefix, std::string_view project);

/// The same announcement gives the same object. Throws `invalid_argument` on a project or file name that
/// cannot stand in a key (not normalised; longer than 255 bytes, not printable ASCII, with "/"), on digests
/// that are none, and when the prefix leaves no room. `prefix` is "" or ends in "/".
AnnouncementObject format_announcement(std::string_view prefix, const Announcement& announcement);

/// None for every key that `format_announcement` does not write. Never throws.
std::optional<ParsedAnnouncement> parse_announcement(std::string_view prefix, std::string_view key);

/// Completes an announcement whose body is needed. Throws `corrupted`, naming `what`, on another body than
/// the key says.
Announcement read_announcement_body(const ParsedAnnouncement& parsed, std::string_view body,
                                    std::string_view what);

}  // namespace wheelyard::index
