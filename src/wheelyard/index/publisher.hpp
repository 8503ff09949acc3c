#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "wheelyard/index/announcement_board.hpp"
#include "wheelyard/index/project_editor.hpp"
#include "wheelyard/index/repository.hpp"
#include "wheelyard/index/withdrawal.hpp"

namespace wheelyard::index {

/// Files whose bytes no path here holds, and that are listed by hand and not announced (unless others are
/// always faster): what a promotion makes of a publish.
struct Delivery {
  /// Puts the distribution's bytes at the key by `create`; `already_exists` where the name is taken.
  std::function<void(const package::Distribution&, const std::string& key, const store::PutOptions&)> put;
  std::map<std::string, std::string> yanked;  ///< by file name, the reason: listed as yanked
};

/// One run of `publish` (docs/index-protocol.md, "Publishing").
class Publisher {
 public:
  /// `delivery`: of all files of the request; null where they lie at their paths.
  Publisher(const PageStore& pages, const PublishRequest& request, const RepositoryOptions& options,
            const Delivery* delivery = nullptr);

  PublishReport run();

  // The steps of `run`, for whoever does something between them.

  /// Looks at what is there. Throws `already_exists` where a name holds other bytes.
  void check();
  /// Those that are not listed yet, and whether their bytes are there already.
  std::vector<std::pair<const package::Distribution*, bool>> missing() const;
  /// Puts what is not there. Files that could not be put are dropped from the run; the first failure.
  std::exception_ptr send();
  /// Lists the project's files, all with one swap.
  void list(const std::string& project);
  /// Those files of the project that this run has listed, or may have where no answer told, and not somebody
  /// else before. With a `delivery` only.
  std::vector<std::string> newly_listed(const std::string& project) const;
  PublishReport report() const;

  /// Lists what others have announced in a project, and cleans up behind them, without a file of its own.
  void take_in_all(const std::string& project);

 private:
  /// One distribution on its way.
  struct Job {
    const package::Distribution* distribution = nullptr;
    PublishedFile::Outcome outcome = PublishedFile::Outcome::published;
    bool replace = false;  ///< other bytes hold the name, and the person said --force
    bool existed = false;  ///< the bytes were there before
    bool there = false;    ///< a delivery's bytes were seen to be there: nothing to put
    bool done = false;     ///< listed with these bytes already: nothing to send
  };
  using Jobs = std::vector<Job>;

  void sort_into_projects();
  void check_project(const std::string& project, Jobs& jobs);
  void check_file(const std::string& project, const ProjectPage* page, Job& job);

  void upload(const std::string& project, Job& job);
  /// Puts the artifact where it is not there; false: other bytes hold the name.
  bool put_artifact(const std::string& project, Job& job);
  void put_metadata(const std::string& project, const Job& job);
  /// What the file's name holds. It may be removed while it is looked at.
  enum class Held { nothing, same, other };
  Held look_at(const std::string& project, const package::Distribution& distribution) const;
  bool holds_same_bytes(const std::string& project, const package::Distribution& distribution) const;

  void list_project(const std::string& project, Jobs& jobs);
  /// The files of a delivery stand before what was found on the board, as if they were announced.
  void add_delivered(const Jobs& jobs, std::vector<Posted>& posted) const;
  /// Files of a delivery that swaps which were lost would have listed, with the upload times that they gave
  /// them.
  using Tried = std::set<std::pair<std::string, std::string>>;
  /// Swaps the page; what came of it is noted for `newly_listed`.
  bool swap_noting(const std::string& project, Stored<ProjectPage>& stored, const Jobs& jobs,
                   const std::set<std::string>& added, Tried& tried);
  /// A swap that was told as lost may have been one of others on top of it, where an answer did not come: its
  /// entries are there then.
  void note_tried(const ProjectPage& page, const Tried& tried);
  void announce_delivered(const std::string& project, const Jobs& jobs);
  static void note_unchanged(const ProjectPage& page, Jobs& jobs);
  /// File names whose bytes were looked at after the page was read, with their SHA-256.
  using Verified = std::map<std::string, std::string>;
  /// Own files whose names were withdrawn lately are looked at before they are listed. False: something had
  /// to be done, read the page again.
  bool settle_own(const std::string& project, const ProjectPage& page, Jobs& jobs, Verified& verified);
  /// What is on the board goes into the page; `settled` gets what may be deleted from the board once the page
  /// is swapped. Returns the file names that were added.
  std::set<std::string> take_in(const std::string& project, ProjectPage& page,
                                const std::vector<Posted>& posted, const Verified& verified,
                                std::vector<Posted>& settled);
  /// Sends those again that the page would not list. False where there were any.
  bool settle_unlisted(const std::string& project, const ProjectPage& page, Jobs& jobs);
  bool bytes_match(const std::string& project, const Posted& posted) const;
  bool changed_meanwhile(const Stored<ProjectPage>& stored) const;
  void end_abandoned_removals(const std::string& project, const ProjectPage& page);

  [[noreturn]] void refuse(const std::string& project, const Job& job, bool listed) const;
  Announcement announcement_of(const Job& job) const;

  const PageStore& pages_;
  const PublishRequest& request_;
  const RepositoryOptions& options_;
  const Delivery* delivery_;
  ProjectEditor editor_;
  AnnouncementBoard board_;
  Withdrawer withdrawer_;
  std::map<std::string, Jobs> projects_;
  std::atomic<std::uint64_t> taken_in_{0};
  std::map<std::string, std::set<std::string>> newly_listed_;  ///< by project; of a delivery
};

}  // namespace wheelyard::index
