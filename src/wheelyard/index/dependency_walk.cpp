#include "wheelyard/index/dependency_walk.hpp"

#include <algorithm>
#include <functional>

#include "wheelyard/base/text.hpp"

namespace wheelyard::index {

namespace {

using Truth = package::Marker::Truth;
using Place = WantedRelease::Place;

/// Rounds until nothing changes; each adds what the releases of the one before need.
constexpr int most_rounds = 200;

std::string name_of(const std::string& project, const package::Version& version) {
  return project + " " + version.to_string();
}

/// What a release counts as when two rounds are compared.
auto identity(const WantedRelease& release) {
  return std::tuple(release.version.to_string(), release.place, release.extras, release.environments);
}

bool same(const WantedReleases& left, const WantedReleases& right) {
  return std::ranges::equal(left, right, [](const auto& a, const auto& b) {
    return a.first == b.first && std::ranges::equal(a.second, b.second, {}, identity, identity);
  });
}

std::string join_all(const std::set<std::string>& words) {
  return join(std::vector<std::string>(words.begin(), words.end()), ", ");
}

bool overlap(const std::set<std::size_t>& left, const std::set<std::size_t>& right) {
  return std::ranges::any_of(left, [&](std::size_t one) { return right.contains(one); });
}

}  // namespace

DependencyWalk::DependencyWalk(ReleaseReader& source, ReleaseReader& target, const PromoteRequest& request)
    : source_(source), target_(target), candidates_(source, target), environments_(request.environments) {
  if (environments_.empty()) environments_.emplace_back();
}

WalkedDependencies DependencyWalk::walk(WantedReleases asked) {
  place_asked(asked);
  auto releases = asked;
  Needs needs;
  for (int round = 0;; ++round) {
    if (round == most_rounds) {
      throw Error(ErrorCode::invalid_argument, "find out what is needed by", asked.begin()->first,
                  "each choice of versions leads to another one",
                  "promote the versions that you want by name");
    }
    needs = collect(releases);
    auto next = resolve(asked, needs);
    if (same(next, releases)) break;
    releases = std::move(next);
  }
  report_left(needs, releases);
  warn_of_idle_extras(asked);
  warn_of_narrow_choices(needs, releases);
  for (const auto& [project, wanted] : releases) {
    for (const auto& release : wanted) {
      const auto& told = reader_of(release).needs(project, release.version, release.files).warnings;
      result_.warnings.insert(result_.warnings.end(), told.begin(), told.end());
    }
  }
  result_.order = order_of(releases);
  result_.releases = std::move(releases);
  return std::move(result_);
}

void DependencyWalk::place_asked(WantedReleases& asked) {
  for (auto& [project, wanted] : asked) {
    std::set<std::string> served;
    std::set<std::string> lacking;
    for (std::size_t i = 0; i < environments_.size(); ++i) {
      const auto python = python_of(environments_[i]);
      for (auto& release : wanted) {
        if (!candidates_.admit(release.files, python)) continue;
        release.environments.insert(i);
        served.insert(python);
      }
      if (!served.contains(python)) lacking.insert(python);
    }
    if (lacking.empty()) continue;
    const auto& highest = std::ranges::max(wanted, {}, &WantedRelease::version);
    const auto why = " that is promoted is for Python " + join_all(lacking) + " (" +
                     name_of(project, highest.version) + " is for " +
                     printable(highest.files.front()->requires_python) + ")";
    if (served.empty()) {
      throw Error(ErrorCode::invalid_argument, "find out what is needed by", project, "nothing of it" + why,
                  "name a Python where it will be installed by --python-version");
    }
    result_.warnings.push_back("nothing of " + project + why);
  }
}

void DependencyWalk::report_left(const Needs& needs, const WantedReleases& releases) {
  for (const auto& [project, wanted] : needs) {
    const auto found = releases.find(project);
    for (const auto& need : wanted) {
      std::string held;
      if (found != releases.end()) {
        const auto release = std::ranges::find_if(found->second, [&](const WantedRelease& one) {
          return one.place == Place::target && need.requirement.specifiers.contains(one.version) &&
                 overlap(one.environments, need.where);
        });
        if (release == found->second.end()) continue;
        held = release->version.to_string();
      }
      result_.left.push_back({need.requirement.to_string(), need.needed_by, held});
    }
  }
}

void DependencyWalk::warn_of_idle_extras(const WantedReleases& asked) {
  // One that adds something elsewhere is spelled right.
  auto environments = environments_;
  environments.emplace_back();
  for (const auto& [project, wanted] : asked) {
    for (const auto& release : wanted) {
      const auto& needs = source_.needs(project, release.version, release.files).requirements;
      for (const auto& extra : release.extras) {
        const bool adds = std::ranges::any_of(needs, [&](const auto& requirement) {
          return std::ranges::any_of(environments, [&](const auto& environment) {
            return requirement.applies(environment, {extra}) > requirement.applies(environment, {});
          });
        });
        if (adds) continue;
        result_.warnings.push_back(name_of(project, release.version) + " needs nothing for its extra '" +
                                   extra + "'");
      }
    }
  }
}

DependencyWalk::Demand DependencyWalk::demand_on(const std::string& python, std::size_t environment,
                                                 const std::vector<Need>& needs) {
  auto there = environments_[environment];
  there["python_version"] = python;
  Demand demand;
  for (const auto& need : needs) {
    if (need.where.contains(environment) && candidates_.admit(need.release->files, python) &&
        need.requirement.applies(there, need.release->extras) != Truth::no)
      demand.push_back(&need);
  }
  return demand;
}

const Candidate* DependencyWalk::passed_over(const std::string& project, const Demand& demand,
                                             const std::vector<WantedRelease>& chosen,
                                             const std::string& python) {
  const auto specifiers = specifiers_of(demand);
  const bool served = std::ranges::any_of(chosen, [&](const WantedRelease& release) {
    return specifiers.contains(release.version) && candidates_.admit(release.files, python);
  });
  if (served || candidates_.best(candidates_.of_target(project), specifiers, {python}) != nullptr)
    return nullptr;
  return candidates_.best(candidates_.of_source(project), specifiers, {python});
}

DependencyWalk::NarrowChoice DependencyWalk::narrow_choice(const std::string& project,
                                                           const std::vector<Need>& needs,
                                                           const std::vector<WantedRelease>& chosen) {
  NarrowChoice narrow;
  for (const auto& python : common_pythons()) {
    for (std::size_t i = 0; i < environments_.size(); ++i) {
      if (!python_of(environments_[i]).empty()) continue;
      const auto demand = demand_on(python, i, needs);
      if (demand.empty()) continue;
      const auto* other = passed_over(project, demand, chosen, python);
      if (other == nullptr) continue;
      if (narrow.pythons.empty() || narrow.pythons.back() != python) narrow.pythons.push_back(python);
      for (const auto* need : demand) narrow.needed_by.insert(need->needed_by);
      narrow.others.insert(other->version.to_string());
    }
  }
  return narrow;
}

void DependencyWalk::warn_of_narrow_choices(const Needs& needs, const WantedReleases& releases) {
  for (const auto& [project, wanted] : needs) {
    const auto chosen = releases.find(project);
    if (chosen == releases.end()) continue;
    const auto narrow = narrow_choice(project, wanted, chosen->second);
    if (narrow.pythons.empty()) continue;
    std::vector<std::string> versions;
    for (const auto& release : chosen->second) versions.push_back(release.version.to_string());
    result_.warnings.push_back(project + " " + join(versions, ", ") + ", for " + join_all(narrow.needed_by) +
                               ", is not for Python " + python_ranges(narrow.pythons) +
                               ", for which the source has " + join_all(narrow.others) +
                               ": name the Pythons that count by --python-version");
  }
}

DependencyWalk::Needs DependencyWalk::collect(const WantedReleases& releases) {
  Needs needs;
  for (const auto& [project, wanted] : releases) {
    for (const auto& release : wanted) {
      const auto by = name_of(project, release.version);
      for (const auto& requirement :
           reader_of(release).needs(project, release.version, release.files).requirements) {
        Need need{requirement, by, {}, {}, &release};
        for (const auto i : release.environments) {
          const auto truth = requirement.applies(environments_[i], release.extras);
          if (truth != Truth::no) need.where.insert(i);
          if (truth == Truth::yes) need.surely.insert(i);
        }
        if (need.where.empty()) continue;
        if (!requirement.url.empty()) {
          throw Error(ErrorCode::invalid_argument, "take along what is needed by", by,
                      "it needs " + requirement.normalized_name + " from a URL, " +
                          printable(requirement.url, 200) + ", and not from an index",
                      "leave --with-dependencies out, or build it with a version in the URL's place");
        }
        needs[requirement.normalized_name].push_back(std::move(need));
      }
    }
  }
  return needs;
}

package::SpecifierSet DependencyWalk::specifiers_of(const Demand& needs) {
  std::string all;
  for (const auto* need : needs) {
    if (!need->requirement.specifiers.empty())
      all += (all.empty() ? "" : ",") + need->requirement.specifiers.to_string();
  }
  return package::SpecifierSet::parse(all).value_or(package::SpecifierSet{});
}

WantedReleases DependencyWalk::resolve(const WantedReleases& asked, const Needs& needs) {
  auto releases = asked;
  for (const auto& [project, wanted] : needs) {
    if (is_known(project)) resolve_project(project, wanted, releases);
  }
  return releases;
}

bool DependencyWalk::is_known(const std::string& project) {
  return source_.page(project) != nullptr || target_.page(project) != nullptr;
}

std::vector<std::string> DependencyWalk::pythons(const Environments& environments) const {
  std::set<std::string> named;
  for (const auto i : environments) named.insert(python_of(environments_[i]));
  return {named.begin(), named.end()};
}

void DependencyWalk::resolve_project(const std::string& project, const std::vector<Need>& needs,
                                     WantedReleases& releases) {
  Demand all;
  Environments environments;
  for (const auto& need : needs) {
    all.push_back(&need);
    environments.insert(need.where.begin(), need.where.end());
  }
  if (add_release(project, all, environments, releases)) return;
  for (const auto environment : environments) resolve_in(environment, project, needs, releases);
}

void DependencyWalk::resolve_in(std::size_t environment, const std::string& project,
                                const std::vector<Need>& needs, WantedReleases& releases) {
  Demand all;
  Demand always;
  for (const auto& need : needs) {
    if (need.where.contains(environment)) all.push_back(&need);
    if (need.surely.contains(environment)) always.push_back(&need);
  }
  const auto add = [&](const Demand& some) { return add_release(project, some, {environment}, releases); };
  if (add(all)) return;
  if (always.size() == all.size()) refuse(project, all, environment);
  if (!always.empty() && !add(always)) refuse(project, always, environment);
  for (const auto* need : all) {
    if (need->surely.contains(environment)) continue;
    auto some = always;
    some.push_back(need);
    if (!add(some)) refuse(project, some, environment);
  }
}

bool DependencyWalk::add_release(const std::string& project, const Demand& needs,
                                 const Environments& environments, WantedReleases& releases) {
  const auto specifiers = specifiers_of(needs);
  const auto named = pythons(environments);
  std::vector<Candidate> asked;
  if (const auto found = releases.find(project); found != releases.end()) {
    for (const auto& release : found->second) {
      if (release.place == Place::asked)
        asked.push_back({release.version, candidates_.usable(project, release.files)});
    }
  }
  std::erase_if(asked, [](const Candidate& candidate) { return candidate.files.empty(); });
  auto place = Place::asked;
  const auto* chosen = candidates_.best(asked, specifiers, named);
  if (chosen == nullptr) {
    place = Place::target;
    chosen = candidates_.best(candidates_.of_target(project), specifiers, named);
  }
  if (chosen == nullptr) {
    place = Place::source;
    chosen = candidates_.best(candidates_.of_source(project), specifiers, named);
  }
  if (chosen == nullptr) return false;
  auto& wanted = releases[project];
  auto known = std::ranges::find_if(
      wanted, [&](const auto& one) { return one.version == chosen->version && one.place == place; });
  if (known == wanted.end()) {
    wanted.push_back({chosen->version, place, chosen->files, {}, needs.front()->needed_by, {}});
    known = std::prev(wanted.end());
  }
  known->environments.insert(environments.begin(), environments.end());
  for (const auto* need : needs)
    known->extras.insert(need->requirement.extras.begin(), need->requirement.extras.end());
  std::ranges::sort(wanted, {}, [](const auto& one) { return std::pair(one.version, one.place); });
  return true;
}

void DependencyWalk::refuse(const std::string& project, const Demand& needs, std::size_t environment) {
  std::vector<std::string> words;
  for (const auto* need : needs) words.push_back(need->needed_by + " needs " + need->requirement.to_string());
  const auto python = python_of(environments_[environment]);
  const auto what = python.empty() ? project : project + " for Python " + python;
  const bool each_alone = needs.size() > 1 && std::ranges::all_of(needs, [&](const Need* need) {
                            const auto& specifiers = need->requirement.specifiers;
                            return candidates_.best(candidates_.of_source(project), specifiers, {python}) ||
                                   candidates_.best(candidates_.of_target(project), specifiers, {python});
                          });
  if (each_alone) {
    throw Error(ErrorCode::invalid_argument, "choose a version of", what,
                "no version satisfies all that need it: " + join(words, "; "),
                "promote releases that go together, or leave --with-dependencies out");
  }
  throw Error(ErrorCode::not_found, "choose a version of", what,
              join(words, "; ") + ", and there is none that would do in source or target (" +
                  candidates_.describe(project, python) + ")",
              "publish it in the source, or leave --with-dependencies out");
}

std::vector<std::string> DependencyWalk::order_of(const WantedReleases& releases) {
  std::map<std::string, std::set<std::string>> edges;
  for (const auto& [project, wanted] : releases) {
    const WantedReleases alone{{project, wanted}};
    for (const auto& [needed, needs] : collect(alone)) {
      if (releases.contains(needed)) edges[project].insert(needed);
    }
  }
  std::vector<std::string> order;
  std::set<std::string> seen;
  // Depth first, without recursion: a chain of needs may be long.
  for (const auto& [root, wanted] : releases) {
    std::vector<std::pair<std::string, bool>> open{{root, false}};
    while (!open.empty()) {
      auto [project, done] = open.back();
      open.pop_back();
      if (done) {
        order.push_back(project);
        continue;
      }
      if (!seen.insert(project).second) continue;
      open.emplace_back(project, true);
      for (const auto& needed : edges[project]) {
        if (!seen.contains(needed)) open.emplace_back(needed, false);
      }
    }
  }
  return order;
}

}  // namespace wheelyard::index
