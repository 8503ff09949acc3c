#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/package/marker.hpp"

namespace wheelyard::index {

struct PromoteRequest {
  /// Each is `name`, `name==1.2` (any PEP 440 specifier), the same with extras (`name[extra]==1.2`), or a
  /// file name. All must mean something that the source lists.
  std::vector<std::string> specs;
  /// Takes along what the releases need (Requires-Dist) and the source alone holds.
  bool with_dependencies = false;
  /// Where the releases will be installed, as far as that is known: a dependency goes along when its marker
  /// may hold in one of these. None: anywhere.
  std::vector<package::MarkerEnvironment> environments;
  bool yanked = false;  ///< yanked files too; they arrive yanked. Else such a spec is refused
  bool dry_run = false;
  std::string acl;  ///< a canned ACL for every object that is written; empty: none
  std::size_t workers = 4;
  ProgressSink progress;
};

struct PromotedFile {
  enum class Outcome { promoted, unchanged };
  Outcome outcome = Outcome::promoted;
  std::string project;
  std::string version;
  std::string filename;
  std::string sha256;
  std::uint64_t size = 0;
  bool yanked = false;
  std::string needed_by;  ///< "acme 1.2"; "" for what was asked for
  std::string way;        ///< how the bytes went: "whole", "server", "stream"; "" where they were there
};

/// The words of JSON output: "promoted", "unchanged".
std::string_view to_string(PromotedFile::Outcome outcome);

/// A dependency that was not taken along.
struct LeftDependency {
  std::string requirement;  ///< as the metadata writes it
  std::string needed_by;
  std::string held;  ///< the version with which the target satisfies it; "": neither index has the project
};

struct PromoteReport {
  std::vector<PromotedFile> files;    ///< in the order in which they were listed
  std::vector<std::string> projects;  ///< of what was asked for
  std::vector<LeftDependency> left;   ///< with `with_dependencies`
  std::vector<std::string> warnings;
};

}  // namespace wheelyard::index
