#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "wheelyard/index/announcement_board.hpp"
#include "wheelyard/index/verifier.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::index {

/// `verify` of one project: its page against what lies in the bucket.
class ProjectCheck {
 public:
  /// `must_exist`: the person named it, so its absence is an error.
  ProjectCheck(const ProjectEditor& editor, Findings& findings, std::string name,
               const RepositoryOptions& options, bool must_exist);

  /// Whether the project has files, after repair, or may have some.
  bool run();
  /// After `run`: whether somebody has changed the page since it read it.
  bool page_has_moved_on() const;

 private:
  /// A change to the page that mends a problem; false where the page has moved on and there is nothing to
  /// mend.
  struct Mend {
    std::size_t problem = 0;
    std::function<bool(ProjectPage&)> apply;
  };

  std::optional<ProjectPage> load();
  std::optional<ProjectPage> load_unreadable(const std::string& why);
  void check_removals(const ProjectPage& page);
  void check_board(const ProjectPage& page);
  void check_entry(const FileEntry& entry);
  void check_content(const FileEntry& entry, const std::string& key);
  void check_metadata(const FileEntry& entry, const std::string& key);
  void check_unlisted(const ProjectPage& page);
  /// Files that promotions under way have brought and not listed yet.
  std::set<std::string> promoted_names() const;
  /// After the mends: what was just unlisted because it is gone leaves its .metadata behind.
  void check_orphans(const ProjectPage& page);
  void check_html(const ProjectPage& page);
  void apply_mends();

  void unlist(const FileEntry& entry, std::string kind, std::string detail, bool damaged);
  /// `withdrawn`: when the page had the file withdrawn before it was looked at, for one that is not listed.
  void complete(const FileEntry& entry, const std::string& key, std::string kind, std::string detail,
                std::optional<TimePoint> withdrawn = std::nullopt);
  /// Reads the object whole and checks it as a distribution. Throws as `inspect_distribution` does.
  package::Distribution inspect(const std::string& key, const std::string& filename);
  void put_metadata(const std::string& key, const package::Distribution& distribution) const;
  std::optional<store::ObjectInfo> find(const std::string& key) const;

  const ProjectEditor& editor_;
  const PageStore& pages_;
  Findings& findings_;
  std::string name_;
  const RepositoryOptions& options_;
  bool must_exist_;
  std::optional<std::string> etag_;  ///< of the page that was read; none where there was none
  bool unreadable_ = false;          ///< a page that cannot be read is no sign that there are no files
  std::map<std::string, store::ObjectInfo> objects_;  ///< of the project's folder, by key
  std::vector<Mend> mends_;
};

}  // namespace wheelyard::index
