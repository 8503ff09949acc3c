#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/index/project_editor.hpp"
#include "wheelyard/index/repository.hpp"

namespace wheelyard::index {

/// Taking files out of a project, so that no reader ever sees a listed file that is gone and no publisher
/// lists a file that is being deleted (docs/index-protocol.md, "Removing").
class Withdrawer {
 public:
  Withdrawer(const ProjectEditor& editor, const RepositoryOptions& options)
      : editor_(editor), options_(options) {}

  /// Unlists the files (HTML too), deletes their bytes and `.metadata`, then frees their names. Files that
  /// are not listed but lie in the project's folder are deleted too. Returns the names that were listed.
  /// `replacing`: the names come back at once, so an emptied project stays in the root index.
  std::vector<std::string> withdraw(const std::string& project, const std::vector<std::string>& filenames,
                                    bool replacing = false) const {
    return withdraw(project, filenames, replacing, {});
  }
  /// Which of the files are meant is asked of the very page that the swap replaces.
  using Wanted = std::function<bool(const ProjectPage&, const std::string& filename)>;
  std::vector<std::string> withdraw(const std::string& project, const std::vector<std::string>& filenames,
                                    bool replacing, const Wanted& wanted) const;

  /// Ends a removal that somebody else began and did not end. It first watches the page for
  /// `removal_patience`: a live remover ends its own work in less. True when no removal of `filename` is
  /// under way any more.
  bool finish_for_other(const std::string& project, const std::string& filename) const;

 private:
  struct Mark;
  std::optional<Mark> mark(const std::string& project, const std::vector<std::string>& filenames,
                           bool replacing, const Wanted& wanted) const;
  void delete_bytes(const std::vector<std::string>& keys) const;
  void free_names(const std::string& project, const std::vector<std::string>& filenames, TimePoint at) const;

  const ProjectEditor& editor_;
  const RepositoryOptions& options_;
};

}  // namespace wheelyard::index
