#include "wheelyard/index/announcement.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/index/json_text.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {
namespace {

constexpr std::string_view folder = ".wheelyard/new/";
constexpr std::string_view in_key = "entry.v1";
constexpr std::string_view in_body = "body.v1";
constexpr std::string_view no_metadata = "-";
constexpr std::string_view metadata_of_unknown_digest = "m";
constexpr std::size_t max_part = 255;
constexpr std::size_t max_key = 1024;
constexpr std::size_t max_piece = 240;
constexpr std::size_t encoded_digest = 43;

bool is_hex_digest(std::string_view text) {
  return text.size() == 64 && to_lower(text) == text && std::all_of(text.begin(), text.end(), is_hex_digit);
}

bool is_base64url(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

bool is_key_filename(std::string_view name) {
  auto printable = [](char c) { return c >= 0x20 && c < 0x7F; };
  return name.size() <= max_part && is_safe_filename(name) &&
         std::all_of(name.begin(), name.end(), printable);
}

bool is_key_project(std::string_view name) {
  return name.size() <= max_part && package::is_normalized_name(name);
}

std::string encode_digest(std::string_view hex) {
  return to_base64url(from_hex(hex));
}

/// None for what is not exactly what encoding gives: two keys never mean the same.
std::optional<std::string> decode(std::string_view text) {
  if (!is_base64url(text) || text.size() % 4 == 1) return std::nullopt;
  try {
    std::string raw = from_base64url(text);
    if (to_base64url(raw) != text) return std::nullopt;
    return raw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> decode_digest(std::string_view text) {
  if (text.size() != encoded_digest) return std::nullopt;
  auto raw = decode(text);
  if (!raw) return std::nullopt;
  return to_hex(*raw);
}

std::string body_of(const Announcement& announcement) {
  return "{\"requires-python\":\"" + to_base64url(announcement.requires_python) + "\"}\n";
}

void check(const Announcement& announcement) {
  std::string reason;
  if (!is_key_project(announcement.project)) {
    reason = "the project name \"" + announcement.project + "\" is not normalised";
  } else if (!is_key_filename(announcement.filename)) {
    reason = "the file name must be printable ASCII without \"/\", of 255 characters at most";
  } else if (!is_hex_digest(announcement.sha256)) {
    reason = "its SHA-256 is not 64 lower-case hexadecimal digits";
  } else if (!announcement.metadata_sha256.empty() && !announcement.has_metadata) {
    reason = "it has the digest of a metadata file that it says it does not have";
  } else if (!announcement.metadata_sha256.empty() && !is_hex_digest(announcement.metadata_sha256)) {
    reason = "the SHA-256 of its metadata is not 64 lower-case hexadecimal digits";
  }
  if (!reason.empty()) throw Error(ErrorCode::invalid_argument, "announce", announcement.filename, reason);
}

/// "<size>.<sha256>.<metadata>"
std::string content_part(const Announcement& announcement) {
  std::string part = std::to_string(announcement.size) + '.' + encode_digest(announcement.sha256) + '.';
  if (!announcement.has_metadata) return part += no_metadata;
  if (announcement.metadata_sha256.empty()) return part += metadata_of_unknown_digest;
  return part += encode_digest(announcement.metadata_sha256);
}

bool parse_content_part(std::string_view part, Announcement& into) {
  std::size_t first = part.find('.');
  std::size_t second = part.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return false;
  std::string_view size = part.substr(0, first);
  auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), into.size);
  if (error != std::errc() || end != size.data() + size.size() || std::to_string(into.size) != size)
    return false;

  auto sha256 = decode_digest(part.substr(first + 1, second - first - 1));
  if (!sha256) return false;
  into.sha256 = std::move(*sha256);

  std::string_view metadata = part.substr(second + 1);
  into.has_metadata = metadata != no_metadata;
  if (!into.has_metadata || metadata == metadata_of_unknown_digest) return true;
  auto metadata_sha256 = decode_digest(metadata);
  if (!metadata_sha256) return false;
  into.metadata_sha256 = std::move(*metadata_sha256);
  return true;
}

std::string key_with_pieces(std::string key, std::string_view encoded) {
  for (std::size_t at = 0; at < encoded.size(); at += max_piece) {
    key += encoded.substr(at, max_piece);
    key += '/';
  }
  return key += in_key;
}

}  // namespace

std::string announcements_prefix(std::string_view prefix) {
  return std::string(prefix) += folder;
}

std::string announcements_prefix(std::string_view prefix, std::string_view project) {
  return announcements_prefix(prefix).append(project) += '/';
}

AnnouncementObject format_announcement(std::string_view prefix, const Announcement& announcement) {
  check(announcement);
  std::string key = announcements_prefix(prefix, announcement.project);
  key += announcement.filename + '/' + content_part(announcement) + '/';

  std::string carried = key_with_pieces(key, to_base64url(announcement.requires_python));
  if (carried.size() <= max_key) return {std::move(carried), {}};

  std::string body = body_of(announcement);
  key += to_base64url(digest(DigestAlgorithm::sha256, body)) + '/';
  key += in_body;
  if (key.size() > max_key) {
    throw Error(ErrorCode::invalid_argument, "announce", announcement.filename,
                "its key would be longer than 1,024 bytes", "use a repository with a shorter prefix");
  }
  return {std::move(key), std::move(body)};
}

std::optional<ParsedAnnouncement> parse_announcement(std::string_view prefix, std::string_view key) {
  if (key.size() > max_key || !key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  if (!key.starts_with(folder)) return std::nullopt;
  key.remove_prefix(folder.size());

  auto parts = split(key, '/');
  if (parts.size() < 4 || !is_key_project(parts[0]) || !is_key_filename(parts[1])) return std::nullopt;

  ParsedAnnouncement parsed{.prefix = std::string(prefix)};
  Announcement& announcement = parsed.announcement;
  announcement.project = parts[0];
  announcement.filename = parts[1];
  if (!parse_content_part(parts[2], announcement)) return std::nullopt;

  if (parts.back() == in_body) {
    auto body_sha256 = decode_digest(parts[3]);
    if (parts.size() != 5 || !body_sha256) return std::nullopt;
    parsed.body_sha256 = std::move(*body_sha256);
    return parsed;
  }
  if (parts.back() != in_key) return std::nullopt;
  std::string encoded;
  for (std::size_t i = 3; i + 1 < parts.size(); ++i) {
    bool last = i + 2 == parts.size();
    if (parts[i].empty() || parts[i].size() > max_piece || (!last && parts[i].size() < max_piece))
      return std::nullopt;
    encoded += parts[i];
  }
  auto requires_python = decode(encoded);
  if (!requires_python) return std::nullopt;
  announcement.requires_python = std::move(*requires_python);
  return parsed;
}

Announcement read_announcement_body(const ParsedAnnouncement& parsed, std::string_view body,
                                    std::string_view what) {
  auto fail = [&](std::string reason) {
    return Error(ErrorCode::corrupted, "read", std::string(what), std::move(reason));
  };
  if (sha256_hex(body) != parsed.body_sha256) throw fail("its content is not what its key says");
  auto document = JsonDocument::parse(body, what);
  auto root = document.root();
  if (!root.is(JsonValue::Kind::object)) throw fail("it is no JSON object");
  for (auto at = root.first(); !(at == root.end()); at = at.next()) {
    bool wanted = at.text() == "requires-python";
    at = at.next();
    if (!wanted) continue;
    auto requires_python = at.is(JsonValue::Kind::string) ? decode(at.text()) : std::nullopt;
    if (!requires_python) break;
    Announcement complete = parsed.announcement;
    complete.requires_python = std::move(*requires_python);
    if (format_announcement(parsed.prefix, complete).body != body)
      throw fail("its key could hold its content");
    return complete;
  }
  throw fail("it has no \"requires-python\" in base64url");
}

}  // namespace wheelyard::index
