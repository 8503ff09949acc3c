#include "wheelyard/release/counterparts.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/filename.hpp"

namespace wheelyard::release {
namespace {

using Files = std::vector<const ReleaseFile*>;
/// What two files have to have in common; "" for a file that is not asked.
using Trait = std::function<std::string(const ReleaseFile&)>;

/// Whether a version that stands at [begin, end) of a name is all of what stands there: not the "1.0" of
/// "1.0.3" or of "v11.0".
bool is_whole_version(std::string_view name, std::size_t begin, std::size_t end) {
  const auto at = [&](std::size_t i) { return i < name.size() ? name[i] : '\0'; };
  if (begin > 0 && is_digit(at(begin - 1))) return false;
  if (begin > 1 && at(begin - 1) == '.' && is_digit(at(begin - 2))) return false;
  return !is_digit(at(end)) && !(at(end) == '.' && is_digit(at(end + 1)));
}

/// The name with "/", which no name holds, in the place of the version; "" where it holds none.
std::string without_version(const std::string& name, const std::string& version) {
  std::string out;
  std::size_t done = 0;
  for (auto at = name.find(version); at != std::string::npos; at = name.find(version, at + 1)) {
    if (at < done || !is_whole_version(name, at, at + version.size())) continue;
    out += name.substr(done, at - done) + "/";
    done = at + version.size();
  }
  return done == 0 ? "" : out + name.substr(done);
}

std::string project_and_tags(const ReleaseFile& file) {
  const auto parsed = package::parse_filename(file.name).filename;
  if (!parsed) return {};
  std::string trait = parsed->normalized_name;
  for (const auto* tags : {&parsed->pythons, &parsed->abis, &parsed->platforms})
    trait += "/" + join(*tags, ".");
  return trait + "/" + parsed->build;
}

std::string ending(const ReleaseFile& file) {
  const std::string name = to_lower(file.name);
  for (const std::string_view packed : {".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"}) {
    if (name.ends_with(packed)) return std::string(packed);
  }
  const auto dot = name.rfind('.');
  // A name without one has an ending too: none.
  return dot == std::string::npos ? "." : name.substr(dot);
}

/// Takes those out of both that a trait pairs without doubt.
void pair_by(const Trait& trait_before, const Trait& trait_after, Files& before, Files& after,
             std::map<const ReleaseFile*, const ReleaseFile*>& pairs) {
  std::map<std::string, std::pair<Files, Files>> groups;
  for (const auto* file : before) groups[trait_before(*file)].first.push_back(file);
  for (const auto* file : after) groups[trait_after(*file)].second.push_back(file);
  for (const auto& [trait, group] : groups) {
    if (trait.empty() || group.first.size() != 1 || group.second.size() != 1) continue;
    pairs[group.second.front()] = group.first.front();
    std::erase(before, group.first.front());
    std::erase(after, group.second.front());
  }
}

std::string_view first_part(std::string_view path) {
  return path.substr(0, path.find('/'));
}

/// Members by what their paths have in common with those of another version.
class CommonPaths {
 public:
  explicit CommonPaths(const std::vector<package::ListedMember>& members) {
    std::set<std::string_view> tops;
    bool all_in_folders = true;
    for (const auto& member : members) {
      tops.insert(first_part(member.path));
      all_in_folders = all_in_folders && member.path.find('/') != std::string::npos;
    }
    if (tops.size() == 1 && all_in_folders) tops_[*tops.begin()] = "";
    for (const std::string_view ending : {".dist-info", ".data", ".egg-info"}) {
      const auto fits = [&](std::string_view top) { return top.ends_with(ending); };
      if (tops.size() > 1 && std::ranges::count_if(tops, fits) == 1)
        tops_[*std::ranges::find_if(tops, fits)] = std::string(ending);
    }
  }

  std::string of(const package::ListedMember& member) const {
    const auto top = first_part(member.path);
    const auto common = tops_.find(top);
    // No member's path begins with "/" here, so that the two cannot be mixed up.
    return common == tops_.end() ? member.path : "/" + common->second + member.path.substr(top.size());
  }

 private:
  std::map<std::string_view, std::string> tops_;
};

}  // namespace

Counterparts find_counterparts(const Manifest& before, const Manifest& after) {
  Files left_before;
  Files left_after;
  std::map<const ReleaseFile*, const ReleaseFile*> pairs;  // after, before
  for (const auto& file : before.files)
    if (after.find(file.name) == nullptr) left_before.push_back(&file);
  for (const auto& file : after.files) {
    if (const auto* same = before.find(file.name)) {
      pairs[&file] = same;
    } else {
      left_after.push_back(&file);
    }
  }
  const auto versionless = [](const std::string& version) {
    return [&version](const ReleaseFile& file) { return without_version(file.name, version); };
  };
  pair_by(versionless(before.version), versionless(after.version), left_before, left_after, pairs);
  pair_by(project_and_tags, project_and_tags, left_before, left_after, pairs);
  pair_by(ending, ending, left_before, left_after, pairs);

  Counterparts found;
  for (const auto& file : after.files) {
    const auto pair = pairs.find(&file);
    found.emplace_back(pair == pairs.end() ? nullptr : pair->second, &file);
  }
  for (const auto* file : left_before) found.emplace_back(file, nullptr);
  return found;
}

MemberCounterparts find_counterparts(const std::vector<package::ListedMember>& before,
                                     const std::vector<package::ListedMember>& after) {
  const CommonPaths common_before(before);
  const CommonPaths common_after(after);
  // The same path is the same file, whatever else it has in common with others.
  std::map<std::string_view, const package::ListedMember*> same_path;
  std::map<std::string, const package::ListedMember*> same_place;
  for (const auto& member : before) {
    same_path[member.path] = &member;
    same_place[common_before.of(member)] = &member;
  }
  std::set<const package::ListedMember*> taken;
  for (const auto& member : after) {
    if (const auto found = same_path.find(member.path); found != same_path.end()) taken.insert(found->second);
  }
  MemberCounterparts found;
  for (const auto& member : after) {
    const auto path = same_path.find(member.path);
    const auto place = same_place.find(common_after.of(member));
    const package::ListedMember* counterpart = nullptr;
    if (path != same_path.end()) {
      counterpart = path->second;
    } else if (place != same_place.end() && taken.insert(place->second).second) {
      counterpart = place->second;
    }
    found.emplace_back(counterpart, &member);
  }
  for (const auto& member : before)
    if (!taken.contains(&member)) found.emplace_back(&member, nullptr);
  return found;
}

}  // namespace wheelyard::release
