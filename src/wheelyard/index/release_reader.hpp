#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/index/repository.hpp"
#include "wheelyard/package/requirement.hpp"

namespace wheelyard::index {

/// A file that is listed in a repository, with all that listing it elsewhere takes.
struct ListedFile {
  /// Without a path: the bytes stay where they are. Size, digest and Requires-Python are the page's, the
  /// metadata what has the page's digest.
  package::Distribution distribution;
  std::string key;
  bool yanked = false;
  std::string yanked_reason;
};

/// The releases of a repository as its pages list them. Reads each thing once.
class ReleaseReader {
 public:
  explicit ReleaseReader(Repository& repository) : repository_(repository) {}

  /// Null where the repository has no such project.
  const ProjectPage* page(const std::string& project);
  /// Throws `invalid_argument` on an entry without a digest or whose file lies elsewhere, `corrupted` where
  /// metadata or file are not what the page lists.
  const ListedFile& file(const std::string& project, const FileEntry& entry);
  /// The versions with files that are not yanked (all of them under `yanked`), ascending.
  std::vector<package::Version> versions(const std::string& project, bool yanked);
  /// The project's files of that version.
  std::vector<const FileEntry*> files(const std::string& project, const package::Version& version);
  /// All that any wheel of the release needs, each thing once; without a wheel, what its sdists need. Throws
  /// `corrupted` on a Requires-Dist that cannot be read.
  const std::vector<package::Requirement>& needs(const std::string& project, const package::Version& version);

  Repository& repository() const { return repository_; }

 private:
  ListedFile read(const std::string& project, const FileEntry& entry);
  /// Reads the bytes whole. Throws `corrupted` where they are not what is listed.
  package::Distribution inspect(const ListedFile& file) const;
  std::vector<std::string> requires_dist(const ListedFile& file) const;

  Repository& repository_;
  std::map<std::string, std::optional<ProjectPage>> pages_;
  std::map<std::string, ListedFile> files_;                         ///< by project and file name
  std::map<std::string, std::vector<package::Requirement>> needs_;  ///< by project and version
};

}  // namespace wheelyard::index
