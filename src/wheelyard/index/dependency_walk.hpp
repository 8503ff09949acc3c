#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelyard/index/candidates.hpp"
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
  std::vector<const FileEntry*> files;  ///< those that were named; of the others what installers would take
  std::set<std::string> extras;
  std::string needed_by;               ///< "acme 1.2"; "" of what was asked for
  std::set<std::size_t> environments;  ///< those in which it is wanted, by their number
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
/// in an environment where the release that has it can be installed, by its Requires-Python. All needs of
/// one project are met by one version where there is such a one for all environments: one that is asked for,
/// else the target's highest, else the source's. Else each environment gets its own, and in one where markers
/// part the needs ("lib<2" on Windows, "lib>=2" elsewhere), each of these.
class DependencyWalk {
 public:
  DependencyWalk(ReleaseReader& source, ReleaseReader& target, const PromoteRequest& request);

  /// `asked`: without environments. Throws `not_found` where an index has a project and neither has a version
  /// that would do, `invalid_argument` where needs contradict each other, one is a URL, or nothing that is
  /// asked for of a project is for any of the Pythons.
  WalkedDependencies walk(WantedReleases asked);

 private:
  using Environments = std::set<std::size_t>;

  struct Need {
    package::Requirement requirement;
    std::string needed_by;
    Environments where;   ///< its marker may hold
    Environments surely;  ///< its marker holds
    const WantedRelease* release = nullptr;
  };
  using Demand = std::vector<const Need*>;
  using Needs = std::map<std::string, std::vector<Need>>;

  /// Pythons on which the source would have served a need, and the target will not.
  struct NarrowChoice {
    std::vector<std::string> pythons;  ///< ascending
    std::set<std::string> needed_by;
    std::set<std::string> others;  ///< the source's versions for them
  };

  void place_asked(WantedReleases& asked);
  /// They point into `releases`.
  Needs collect(const WantedReleases& releases);
  WantedReleases resolve(const WantedReleases& asked, const Needs& needs);
  void resolve_project(const std::string& project, const std::vector<Need>& needs, WantedReleases& releases);
  void resolve_in(std::size_t environment, const std::string& project, const std::vector<Need>& needs,
                  WantedReleases& releases);
  bool add_release(const std::string& project, const Demand& needs, const Environments& environments,
                   WantedReleases& releases);
  [[noreturn]] void refuse(const std::string& project, const Demand& needs, std::size_t environment);
  /// What all the needs take together.
  static package::SpecifierSet specifiers_of(const Demand& needs);
  std::vector<std::string> order_of(const WantedReleases& releases);
  bool is_known(const std::string& project);
  std::vector<std::string> pythons(const Environments& environments) const;
  ReleaseReader& reader_of(const WantedRelease& release) {
    return release.place == WantedRelease::Place::target ? target_ : source_;
  }

  void report_left(const Needs& needs, const WantedReleases& releases);
  /// Extras that a person named and that add no need: they may be misspelled.
  void warn_of_idle_extras(const WantedReleases& asked);
  /// Where no Python is named.
  void warn_of_narrow_choices(const Needs& needs, const WantedReleases& releases);
  NarrowChoice narrow_choice(const std::string& project, const std::vector<Need>& needs,
                             const std::vector<WantedRelease>& chosen);
  /// The needs of a project that count on a Python.
  Demand demand_on(const std::string& python, std::size_t environment, const std::vector<Need>& needs);
  /// The source's version that would do where neither what was chosen does nor what the target holds; or
  /// null.
  const Candidate* passed_over(const std::string& project, const Demand& demand,
                               const std::vector<WantedRelease>& chosen, const std::string& python);

  ReleaseReader& source_;
  ReleaseReader& target_;
  Candidates candidates_;
  std::vector<package::MarkerEnvironment>
      environments_;  ///< one of which nothing is known where none is named
  WalkedDependencies result_;
};

}  // namespace wheelyard::index
