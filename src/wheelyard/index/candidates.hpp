#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "wheelyard/index/release_reader.hpp"
#include "wheelyard/package/marker.hpp"
#include "wheelyard/package/specifier.hpp"

namespace wheelyard::index {

/// A version of a project, and the files of it that an installer would take from the target.
struct Candidate {
  package::Version version;
  std::vector<const FileEntry*> files;
};

/// The versions of projects, in a source and a target, from which what others need can be chosen.
class Candidates {
 public:
  Candidates(ReleaseReader& source, ReleaseReader& target) : source_(source), target_(target) {}

  /// Ascending, without files that are yanked. Of the source neither files that the target has yanked: there
  /// they stay so. None where an index has quarantined the project.
  const std::vector<Candidate>& of_target(const std::string& project);
  const std::vector<Candidate>& of_source(const std::string& project);
  /// Those of the files that an installer would take once the target lists them.
  std::vector<const FileEntry*> usable(const std::string& project,
                                       const std::vector<const FileEntry*>& files);

  /// Whether one of the files is for this Python ("3.11": for any release of it; "3.11.4"; "": unknown), by
  /// its Requires-Python. Installers pass over one that cannot be read, and so does this.
  bool admit(const std::vector<const FileEntry*>& files, const std::string& python);
  bool admit_all(const std::vector<const FileEntry*>& files, const std::vector<std::string>& pythons);

  /// The highest version that the specifiers take and that all these Pythons can use; as an installer
  /// chooses, pre-releases last. Null where there is none.
  const Candidate* best(const std::vector<Candidate>& candidates, const package::SpecifierSet& specifiers,
                        const std::vector<std::string>& pythons);

  /// What source and target hold, and what speaks against it: "they hold 1.0 (yanked in the target), 2.0
  /// (for Python >=3.12)".
  std::string describe(const std::string& project, const std::string& python);

 private:
  std::vector<Candidate> read(ReleaseReader& reader, const std::string& project);

  ReleaseReader& source_;
  ReleaseReader& target_;
  std::map<std::string, std::vector<Candidate>> of_source_;
  std::map<std::string, std::vector<Candidate>> of_target_;
  std::map<std::pair<std::string, std::string>, bool> admitted_;  ///< by Requires-Python and Python
};

/// "3.11.4", "3.11", or "" where it is not known.
std::string python_of(const package::MarkerEnvironment& environment);

/// The Pythons for which something may be meant where none was named, ascending.
const std::vector<std::string>& common_pythons();

/// Of common Pythons: "3.8 to 3.11, 3.13 and later".
std::string python_ranges(const std::vector<std::string>& pythons);

}  // namespace wheelyard::index
