#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/state_store.hpp"
#include "wheelyard/release/version_check.hpp"

namespace wheelyard::release {

/// `verify` of what dead pushes have left: version documents that no rank has ever held, and archived objects
/// whose metadata names a release that knows nothing of them.
class LeftoverCheck {
 public:
  LeftoverCheck(const StateStore& states, const PipelineOptions& options, Findings& findings,
                const Seen& seen)
      : states_(states), options_(options), findings_(findings), seen_(seen) {}

  /// `unheld`: of each name, versions with a document that no rank had held when it was looked at. Unless all
  /// names of the bucket are among them, only archived files are looked at whose names theirs are: by their
  /// documents, or by the claim, which is read once for each other file name that lies in the archive.
  void run(const std::map<std::string, std::set<std::string>>& unheld, bool all);

 private:
  /// Archived objects that no document names, of each name and version.
  using Strays = std::map<std::string, std::map<std::string, std::vector<std::string>>>;
  Strays look_through_archive(const std::map<std::string, std::set<std::string>>& unheld, bool all);
  /// Drops objects whose file names belong to none of the names.
  void drop_others(std::vector<store::ObjectInfo>& objects,
                   const std::map<std::string, std::set<std::string>>& names);
  void look_at(const std::vector<store::ObjectInfo>& objects,
               const std::map<std::string, std::set<std::string>>& names, Strays& strays) const;
  std::string owner_of(const store::ObjectInfo& info, const std::string& version,
                       const std::string& file) const;
  bool is_there(const std::string& name, const std::string& version,
                const std::map<std::string, std::vector<std::string>>& strays) const;
  void judge(const std::string& name, const std::map<std::string, std::vector<std::string>>& strays,
             std::set<std::string> versions);

  const StateStore& states_;
  const PipelineOptions& options_;
  Findings& findings_;
  const Seen& seen_;
  NameSet claimed_;      ///< file names that a name that is looked at has claimed
  NameSet not_claimed_;  ///< others' and nobody's
};

}  // namespace wheelyard::release
