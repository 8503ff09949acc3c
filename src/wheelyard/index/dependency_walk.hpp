#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelyard/index/promotion.hpp"
#include "wheelyard/index/release_reader.hpp"

namespace wheelyard::index {

/// One version of a project, and the extras of it that somebody wants.
struct WantedRelease {
  enum class Place {
    asked,   ///< the person named it
    target,  ///< the target holds it: it stays as it is
    source,  ///< the source alone holds it: it goes along
  };
  package::Version version;
  Place place = Place::source;
  std::set<std::string> extras;
  std::string needed_by;  ///< "acme 1.2"; "" of what was asked for
};

/// By normalised project.
using WantedReleases = std::map<std::string, std::vector<WantedRelease>>;

struct WalkedDependencies {
  WantedReleases releases;
  std::vector<std::string> order;    ///< all projects, each behind what it needs (but in cycles)
  std::vector<LeftDependency> left;  ///< what the target holds, and what neither index knows
  std::vector<std::string> warnings;
};

/// Finds what releases need, and what that needs, in two repositories. A need counts when its marker may hold
/// in one of the environments. All needs of one project are met by one version where there is such a one:
/// one that is asked for, else the target's highest, else the source's. Where markers part them ("lib<2" on
/// one Python, "lib>=2" on another), each gets its own.
class DependencyWalk {
 public:
  DependencyWalk(ReleaseReader& source, ReleaseReader& target, const PromoteRequest& request)
      : source_(source), target_(target), request_(request) {}

  /// Throws `not_found` where an index has the project and neither has a version that would do,
  /// `invalid_argument` where needs contradict each other or one is a URL.
  WalkedDependencies walk(const WantedReleases& asked);

 private:
  struct Need {
    package::Requirement requirement;
    std::string needed_by;
    bool conditional = false;  ///< it does not hold everywhere
  };
  using Needs = std::map<std::string, std::vector<Need>>;

  Needs collect(const WantedReleases& releases);
  bool applies(const package::Requirement& requirement, const std::set<std::string>& extras) const;
  bool holds_everywhere(const package::Requirement& requirement, const std::set<std::string>& extras) const;
  WantedReleases resolve(const WantedReleases& asked, const Needs& needs);
  void resolve_project(const std::string& project, const std::vector<Need>& needs, WantedReleases& releases);
  bool add_release(const std::string& project, const std::vector<const Need*>& needs,
                   WantedReleases& releases);
  [[noreturn]] void refuse(const std::string& project, const std::vector<const Need*>& needs);
  std::vector<std::string> order_of(const WantedReleases& releases);
  bool is_known(const std::string& project);
  /// Extras that a person named and that add no need: they may be misspelled.
  std::vector<std::string> idle_extras(const WantedReleases& asked);

  ReleaseReader& source_;
  ReleaseReader& target_;
  const PromoteRequest& request_;
};

}  // namespace wheelyard::index
