#include "wheelyard/index/dependency_walk.hpp"

#include <algorithm>
#include <functional>

#include "wheelyard/base/text.hpp"

namespace wheelyard::index {

namespace {

/// Rounds until nothing changes; each adds what the releases of the one before need.
constexpr int most_rounds = 200;

std::string name_of(const std::string& project, const package::Version& version) {
  return project + " " + version.to_string();
}

/// What a release counts as when two rounds are compared.
auto identity(const WantedRelease& release) {
  return std::tuple(release.version.to_string(), release.place, release.extras);
}

bool same(const WantedReleases& left, const WantedReleases& right) {
  return std::ranges::equal(left, right, [](const auto& a, const auto& b) {
    return a.first == b.first && std::ranges::equal(a.second, b.second, {}, identity, identity);
  });
}

/// The best of the versions that all needs take; as an installer chooses, pre-releases last.
std::optional<package::Version> best(const std::vector<package::Version>& versions,
                                     const std::string& specifiers) {
  const auto set = package::SpecifierSet::parse(specifiers);
  if (!set) return std::nullopt;
  const auto taken = set->filter(versions);
  const auto highest = std::ranges::max_element(taken);
  return highest == taken.end() ? std::nullopt : std::optional(*highest);
}

}  // namespace

WalkedDependencies DependencyWalk::walk(const WantedReleases& asked) {
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
  WalkedDependencies result;
  for (const auto& [project, wanted] : needs) {
    for (const auto& need : wanted) {
      std::string held;
      const auto found = releases.find(project);
      if (found != releases.end()) {
        const auto release = std::ranges::find_if(found->second, [&](const WantedRelease& one) {
          return need.requirement.specifiers.contains(one.version);
        });
        if (release == found->second.end() || release->place != WantedRelease::Place::target) continue;
        held = release->version.to_string();
      }
      result.left.push_back({need.requirement.to_string(), need.needed_by, held});
    }
  }
  result.warnings = idle_extras(asked);
  result.order = order_of(releases);
  result.releases = std::move(releases);
  return result;
}

std::vector<std::string> DependencyWalk::idle_extras(const WantedReleases& asked) {
  std::vector<std::string> warnings;
  for (const auto& [project, wanted] : asked) {
    for (const auto& release : wanted) {
      const auto& needs = source_.needs(project, release.version);
      for (const auto& extra : release.extras) {
        const bool adds = std::ranges::any_of(needs, [&](const auto& requirement) {
          return requirement.may_apply({}, {extra}) && !requirement.may_apply({}, {});
        });
        if (!adds)
          warnings.push_back(name_of(project, release.version) + " needs nothing for its extra '" + extra +
                             "'");
      }
    }
  }
  return warnings;
}

DependencyWalk::Needs DependencyWalk::collect(const WantedReleases& releases) {
  Needs needs;
  for (const auto& [project, wanted] : releases) {
    for (const auto& release : wanted) {
      auto& reader = release.place == WantedRelease::Place::target ? target_ : source_;
      const auto by = name_of(project, release.version);
      for (const auto& requirement : reader.needs(project, release.version)) {
        if (!applies(requirement, release.extras)) continue;
        if (!requirement.url.empty()) {
          throw Error(ErrorCode::invalid_argument, "take along what is needed by", by,
                      "it needs " + requirement.normalized_name + " from a URL, " +
                          printable(requirement.url, 200) + ", and not from an index",
                      "leave --with-dependencies out, or build it with a version in the URL's place");
        }
        const bool conditional = !holds_everywhere(requirement, release.extras);
        needs[requirement.normalized_name].push_back({requirement, by, conditional});
      }
    }
  }
  return needs;
}

bool DependencyWalk::applies(const package::Requirement& requirement,
                             const std::set<std::string>& extras) const {
  const std::vector<std::string> asked(extras.begin(), extras.end());
  if (request_.environments.empty()) return requirement.may_apply({}, asked);
  return std::ranges::any_of(request_.environments, [&](const auto& environment) {
    return requirement.may_apply(environment, asked);
  });
}

bool DependencyWalk::holds_everywhere(const package::Requirement& requirement,
                                      const std::set<std::string>& extras) const {
  if (!requirement.marker) return true;
  const auto holds = [&](package::MarkerEnvironment environment) {
    environment["extra"] = "";
    if (requirement.marker->evaluate(environment) == package::Marker::Truth::yes) return true;
    return std::ranges::any_of(extras, [&](const auto& extra) {
      environment["extra"] = extra;
      return requirement.marker->evaluate(environment) == package::Marker::Truth::yes;
    });
  };
  if (request_.environments.empty()) return holds({});
  return std::ranges::all_of(request_.environments, holds);
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

void DependencyWalk::resolve_project(const std::string& project, const std::vector<Need>& needs,
                                     WantedReleases& releases) {
  std::vector<const Need*> all;
  std::vector<const Need*> everywhere;
  for (const auto& need : needs) {
    all.push_back(&need);
    if (!need.conditional) everywhere.push_back(&need);
  }
  if (add_release(project, all, releases)) return;
  if (everywhere.size() == all.size()) refuse(project, all);
  if (!everywhere.empty() && !add_release(project, everywhere, releases)) refuse(project, everywhere);
  for (const auto& need : needs) {
    if (!need.conditional) continue;
    auto some = everywhere;
    some.push_back(&need);
    if (!add_release(project, some, releases)) refuse(project, some);
  }
}

bool DependencyWalk::add_release(const std::string& project, const std::vector<const Need*>& needs,
                                 WantedReleases& releases) {
  std::string specifiers;
  std::set<std::string> extras;
  for (const auto* need : needs) {
    if (!need->requirement.specifiers.empty()) {
      specifiers += (specifiers.empty() ? "" : ",") + need->requirement.specifiers.to_string();
    }
    extras.insert(need->requirement.extras.begin(), need->requirement.extras.end());
  }
  using Place = WantedRelease::Place;
  std::vector<package::Version> asked;
  for (const auto& release : releases[project]) {
    if (release.place == Place::asked) asked.push_back(release.version);
  }
  auto place = Place::asked;
  auto version = best(asked, specifiers);
  if (!version) {
    place = Place::target;
    version = best(target_.versions(project, false), specifiers);
  }
  if (!version) {
    place = Place::source;
    version = best(source_.versions(project, false), specifiers);
  }
  auto& wanted = releases[project];
  if (!version) {
    if (wanted.empty()) releases.erase(project);
    return false;
  }
  auto known = std::ranges::find_if(wanted, [&](const auto& one) { return one.version == *version; });
  if (known == wanted.end()) {
    wanted.push_back({*version, place, {}, needs.front()->needed_by});
    known = std::prev(wanted.end());
  }
  known->extras.insert(extras.begin(), extras.end());
  std::ranges::sort(wanted, {}, &WantedRelease::version);
  return true;
}

void DependencyWalk::refuse(const std::string& project, const std::vector<const Need*>& needs) {
  std::vector<std::string> words;
  for (const auto* need : needs) words.push_back(need->needed_by + " needs " + need->requirement.to_string());
  auto versions = source_.versions(project, false);
  const auto held = target_.versions(project, false);
  versions.insert(versions.end(), held.begin(), held.end());
  std::ranges::sort(versions);
  const bool each_alone = needs.size() > 1 && std::ranges::all_of(needs, [&](const Need* need) {
                            return best(versions, need->requirement.specifiers.to_string()).has_value();
                          });
  if (each_alone) {
    throw Error(ErrorCode::invalid_argument, "choose a version of", project,
                "no version satisfies all that need it: " + join(words, "; "),
                "promote releases that go together, or leave --with-dependencies out");
  }
  std::vector<std::string> there;
  for (const auto& version : versions) there.push_back(version.to_string());
  there.erase(std::unique(there.begin(), there.end()), there.end());
  throw Error(ErrorCode::not_found, "choose a version of", project,
              join(words, "; ") + ", and there is none that would do in source or target (" +
                  (there.empty() ? "they hold none that is not yanked" : "they hold " + join(there, ", ")) +
                  ")",
              "publish it in the source, or leave --with-dependencies out");
}

std::vector<std::string> DependencyWalk::order_of(const WantedReleases& releases) {
  std::map<std::string, std::set<std::string>> edges;
  for (const auto& [project, wanted] : releases) {
    for (const auto& [needed, needs] : collect({{project, wanted}})) {
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
