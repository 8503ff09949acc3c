#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/index/artifact_copy.hpp"
#include "wheelyard/index/dependency_walk.hpp"
#include "wheelyard/index/promotion.hpp"
#include "wheelyard/index/promotion_mend.hpp"
#include "wheelyard/index/publisher.hpp"
#include "wheelyard/index/release_reader.hpp"

namespace wheelyard::index {

/// One run of `promote` (docs/index-protocol.md, "Promoting").
class Promoter {
 public:
  /// `source_store`, `target_store`: those of the two repositories.
  Promoter(Repository& source, std::shared_ptr<store::ObjectStore> source_store, Repository& target,
           std::shared_ptr<store::ObjectStore> target_store, const PageStore& target_pages,
           const PromoteRequest& request, const RepositoryOptions& options);

  /// None where nothing has come of it and a new one may go through: it was held up for so long that another
  /// run took it for dead and took it back, or what it counted on was taken out again.
  std::optional<PromoteReport> run();

 private:
  /// A file that is promoted.
  struct Item {
    const ListedFile* file = nullptr;
    std::string needed_by;
    bool missing = false;  ///< the target does not list it
  };

  void refuse_same_place() const;
  /// What was asked for, by the source's index.
  WantedReleases select();
  void add_items(const std::string& project, const std::vector<const FileEntry*>& entries,
                 const std::string& needed_by);
  void add_dependencies(const WantedReleases& asked);
  void prepare();
  /// A file that is left as it is, since the target lists it.
  void rely_on(const std::string& project, const std::string& filename, const std::string& sha256);
  /// What another promotion has listed it may take out again, until it has ended: waits for those that name a
  /// file that is relied on. False where the target does not list all of these any more.
  bool can_rely();
  /// Leaves all of it in the target, or nothing; false where another run took it back.
  bool carry_out();
  /// An empty page for each new project, ahead of its bytes: a folder that has files and no page is taken for
  /// an index that another program began, with all that lies in it.
  void make_pages();
  bool send(OwnedPromotion& owned);
  void list(OwnedPromotion& owned);
  /// Whether nothing of it is left.
  bool take_back(OwnedPromotion& owned);
  /// Those of others that died.
  void end_abandoned(const std::string& own_key);
  void put(const package::Distribution& distribution, const std::string& key,
           const store::PutOptions& options);
  PromoteReport report();

  ReleaseReader source_;
  ReleaseReader target_;
  std::shared_ptr<store::ObjectStore> source_store_;
  std::shared_ptr<store::ObjectStore> target_store_;
  const PageStore& pages_;
  const PromoteRequest& request_;
  const RepositoryOptions& options_;
  PromotionMender mender_;

  std::map<std::string, std::vector<Item>> items_;  ///< by project
  std::vector<std::string> order_;                  ///< of the projects: what others need comes first
  std::vector<std::string> asked_;
  std::vector<LeftDependency> left_;
  std::vector<std::string> warnings_;
  PublishRequest publish_;
  Delivery delivery_;
  std::unique_ptr<Publisher> publisher_;
  std::vector<PromotedEntry> entries_;  ///< of the record, in the order of listing
  std::vector<PromotedEntry> relied_;
  std::mutex mutex_;
  std::map<std::string, CopyWay> ways_;  ///< by file name
};

}  // namespace wheelyard::index
