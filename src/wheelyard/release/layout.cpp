#include "wheelyard/release/layout.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::release {

namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_note = 10'000;
constexpr std::size_t entry_digits = 12;

void check(std::string_view kind, std::string_view text, bool may_be_archive) {
  const auto refuse = [&](const std::string& reason, const std::string& hint) {
    throw Error(ErrorCode::invalid_argument, "use",
                "the " + std::string(kind) + " '" + printable(text, 250) + "'", reason, hint);
  };
  const std::string plain = "letters, digits and . _ - + are always good";
  if (text.empty()) refuse("it is empty", plain);
  if (text == "." || text == "..") refuse("it would name a folder", plain);
  if (text.find('/') != std::string_view::npos)
    refuse("it holds a '/', which would lead to another key", plain);
  if (std::ranges::any_of(text, is_control)) refuse("it holds control characters", plain);
  if (!is_utf8(text)) refuse("it is not UTF-8", plain);
  if (text.starts_with(".wheelyard")) refuse("names that begin with .wheelyard are Wheelyard's own", plain);
  if (text.size() > longest_name) {
    refuse("it is " + std::to_string(text.size()) + " bytes long, and " + std::to_string(longest_name) +
               " are the most",
           plain);
  }
  if (!may_be_archive && text == "archive") {
    refuse("the keys below archive/ are where every version is kept", "choose another name");
  }
}

}  // namespace

std::string Layout::rank_file(std::string_view rank, std::string_view file) const {
  return prefix_ + std::string(rank) + "/" + std::string(file);
}

std::string Layout::archived(std::string_view version, std::string_view file) const {
  return prefix_ + "archive/" + std::string(version) + "/" + std::string(file);
}

std::string Layout::folder(std::string_view name) const {
  return names() + std::string(name) + "/";
}

std::string Layout::state(std::string_view name) const {
  return folder(name) + "state.json";
}

std::string Layout::history(std::string_view name) const {
  return folder(name) + "history/";
}

std::string Layout::entry(std::string_view name, std::uint64_t seq) const {
  const auto digits = std::to_string(seq);
  const std::size_t padding = entry_digits - std::min(entry_digits, digits.size());
  return history(name) + std::string(padding, '0') + digits + ".json";
}

std::optional<std::uint64_t> Layout::entry_of(std::string_view name, std::string_view key) const {
  std::uint64_t seq = 0;
  const auto begin = history(name).size();
  if (key.size() <= begin) return std::nullopt;
  const auto digits = key.substr(begin, key.find('.', begin) - begin);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
  if (error != std::errc() || entry(name, seq) != key) return std::nullopt;
  return seq;
}

std::string Layout::versions(std::string_view name) const {
  return folder(name) + "versions/";
}

std::string Layout::version(std::string_view name, std::string_view version) const {
  return versions(name) + std::string(version) + ".json";
}

std::string Layout::stored_mark(std::string_view name, std::string_view version,
                                std::string_view file) const {
  return folder(name) + "stored/" + std::string(version) + "/" + std::string(file);
}

std::string Layout::file_claims() const {
  return prefix_ + ".wheelyard/release-files/";
}

std::string Layout::pushed(std::string_view name) const {
  return folder(name) + "pushed/";
}

std::string Layout::pushed(std::string_view name, std::string_view version) const {
  return pushed(name) + std::string(version) + "/";
}

std::string Layout::pushed(std::string_view name, std::string_view version, std::string_view push,
                           std::string_view file) const {
  return pushed(name, version) + std::string(push) + "/" + std::string(file);
}

std::string Layout::file_claim(std::string_view file) const {
  return file_claims() + std::string(file) + ".json";
}

std::string Layout::kept(std::string_view name, std::string_view version, std::string_view sha256,
                         std::string_view file) const {
  return folder(name) + "files/" + std::string(version) + "/" + std::string(sha256) + "/" + std::string(file);
}

std::string Layout::adoption(std::string_view name) const {
  return folder(name) + "adoption.json";
}

std::string Layout::damaged(std::string_view name, std::string_view stamp) const {
  return folder(name) + "damaged/" + std::string(stamp) + ".json";
}

void check_rank_name(std::string_view rank) {
  check("rank", rank, false);
}

void check_release_name(std::string_view name) {
  check("release name", name, false);
}

void check_note(std::string_view note) {
  if (note.size() <= longest_note) return;
  throw Error(ErrorCode::invalid_argument, "use", "the note '" + printable(note, 60) + "'",
              "it is " + std::to_string(note.size()) + " bytes long, and " + std::to_string(longest_note) +
                  " are the most",
              "put the long text somewhere, and its address into the note");
}

bool is_release_name(std::string_view name) {
  try {
    check_release_name(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void check_file_name(std::string_view file) {
  check("file name", file, true);
}

void check_version(std::string_view version) {
  check("version", version, true);
  if (trim(version).size() != version.size()) {
    throw Error(ErrorCode::invalid_argument, "use", "the version '" + std::string(version) + "'",
                "it begins or ends with a blank, which x-amz-meta-version does not keep",
                "leave the blank out");
  }
}

}  // namespace wheelyard::release
