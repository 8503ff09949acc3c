#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/clock.hpp"

namespace wheelyard::index {

/// One file of a project's page (PEP 691, 700, 592, 658/714).
struct FileEntry {
  std::string filename;
  std::string url;  ///< as the page gives it: relative to the page, percent-encoded, or absolute
  std::map<std::string, std::string>
      hashes;                         ///< algorithm → hexadecimal digest; may be empty for taken-over links
  std::optional<std::uint64_t> size;  ///< bytes
  std::optional<TimePoint> upload_time;
  std::string requires_python;
  bool yanked = false;
  std::string yanked_reason;
  bool has_metadata = false;    ///< `<url>.metadata` exists
  std::string metadata_sha256;  ///< hexadecimal; may be empty though has_metadata
  std::optional<bool> gpg_sig;
  std::string extra_json;  ///< members that we do not know, kept as they came: a JSON object, or ""

  std::string sha256() const;  ///< or ""
};

/// Why a file name must not simply be taken in from an announcement: it was removed or replaced lately.
struct Withdrawal {
  enum class State {
    deleting,   ///< unlisted; its bytes are being deleted, nobody may list it until that is done
    withdrawn,  ///< done, or its bytes are being replaced: list it only after a look at the bytes themselves
    damaged,    ///< unlisted by `verify --repair`: its bytes are not what was listed
  };
  State state = State::withdrawn;
  TimePoint at{};
  std::string sha256;  ///< of the bytes that were withdrawn
  std::string key;     ///< where they lie, relative to the repository; "": in the project's folder
};

/// A project's page.
struct ProjectPage {
  std::string name;              ///< normalised
  std::vector<FileEntry> files;  ///< in the order of `sort_files`
  std::string status;            ///< PEP 792: "active" when empty
  std::string status_reason;
  std::string extra_json;  ///< unknown members of the top level and of "meta", kept

  // Wheelyard's own state, under the key "_wheelyard" of the JSON page.
  std::uint64_t serial =
      0;  ///< one more with every change; index.html names the serial that it was made from
  std::map<std::string, Withdrawal> withdrawn;  ///< by file name
  bool in_root = false;                         ///< the root index is known to name this project

  const FileEntry* find(std::string_view filename) const;
  FileEntry* find(std::string_view filename);
  std::vector<std::string> versions() const;  ///< PEP 700: distinct, in ascending order
};

/// By version (unknown ones first), then file name: pages of equal content are equal bytes.
void sort_files(ProjectPage& page);

/// The root page.
struct RootPage {
  std::vector<std::string> projects;  ///< normalised, sorted
  std::uint64_t serial = 0;
  /// Folders and loose files of a repository that something else began, by normalised project: keys relative
  /// to the repository. Found once, when the root index is made.
  std::map<std::string, std::vector<std::string>> legacy;
  std::string extra_json;
};

}  // namespace wheelyard::index
