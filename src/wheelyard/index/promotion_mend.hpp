#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/index/project_editor.hpp"
#include "wheelyard/index/promotion_record.hpp"
#include "wheelyard/index/repository.hpp"

namespace wheelyard::index {

/// Ends promotions, one's own that failed and those of others that died (docs/index-protocol.md,
/// "Promoting").
class PromotionMender {
 public:
  PromotionMender(const PageStore& pages, const RepositoryOptions& options, std::string acl);

  enum class Outcome {
    gone,      ///< it has ended by itself
    alive,     ///< it shows signs of life, and was left alone
    finished,  ///< the rest of it was listed
    undone,    ///< what it had brought was taken away
  };
  /// Ends a promotion unless it is alive: for that, its record is watched for `removal_patience`. Throws
  /// `corrupted` on a record that cannot be read.
  Outcome mend(const std::string& key) const;

  /// Takes away what a promotion brought: files that were not there before and that nobody else has listed.
  void undo(const std::vector<PromotedEntry>& files) const;

  bool is_listed(const std::vector<PromotedEntry>& files) const;

  const PromotionLog& log() const { return log_; }
  /// Between two signs of life of a record that is worked on.
  std::chrono::milliseconds pulse() const;

 private:
  /// Lists what is not listed yet. A file whose bytes are gone or others was removed by somebody since.
  void finish(const std::vector<PromotedEntry>& files) const;
  void undo_project(const std::string& project, const std::vector<const PromotedEntry*>& files) const;
  /// Its page was made for files that did not come.
  void leave_root_if_empty(const std::string& project) const;
  void drop_uploads(const PromotedEntry& file) const;
  std::optional<package::Distribution> present(const PromotedEntry& file) const;
  /// The state of the record once it has not moved for the patience; none where it has moved or gone.
  std::optional<StoredPromotion> watch(const std::string& key, bool& gone) const;

  const PageStore& pages_;
  const RepositoryOptions& options_;
  std::string acl_;
  ProjectEditor editor_;
  PromotionLog log_;
};

/// The words of `verify`: what a record says, and what a repair does about it.
std::string describe(const PromotionRecord& record);
std::string remedy(const PromotionRecord& record);

}  // namespace wheelyard::index
