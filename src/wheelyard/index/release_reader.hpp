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

/// What files of a release need.
struct ReleaseNeeds {
  std::vector<package::Requirement> requirements;
  std::vector<std::string> warnings;  ///< of sdists that leave it open or that cannot be read
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
  /// All versions with their files, yanked ones too.
  const std::map<package::Version, std::vector<const FileEntry*>>& releases(const std::string& project);
  /// All that any of these files of the release needs, each thing once. An sdist without metadata of its own
  /// is read whole, unless a wheel among the files can be installed everywhere: then nobody builds it. Throws
  /// `corrupted` on a Requires-Dist that cannot be read.
  const ReleaseNeeds& needs(const std::string& project, const package::Version& version,
                            const std::vector<const FileEntry*>& files);

  Repository& repository() const { return repository_; }

 private:
  ListedFile read(const std::string& project, const FileEntry& entry);
  /// Reads the bytes whole. Throws `corrupted` where they are not what is listed.
  package::Distribution inspect(const ListedFile& file) const;
  /// Of a file, and whether that is all for certain.
  struct Told {
    std::vector<std::string> requires_dist;
    bool certain = true;
  };
  Told told(const ListedFile& file) const;
  ReleaseNeeds read_needs(const std::string& project, const package::Version& version,
                          const std::vector<const FileEntry*>& files);

  Repository& repository_;
  std::map<std::string, std::optional<ProjectPage>> pages_;
  std::map<std::string, std::map<package::Version, std::vector<const FileEntry*>>> releases_;
  std::map<std::string, ListedFile> files_;    ///< by project and file name
  std::map<std::string, ReleaseNeeds> needs_;  ///< by project and the files' names
};

}  // namespace wheelyard::index
