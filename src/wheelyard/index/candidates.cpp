#include "wheelyard/index/candidates.hpp"

#include <algorithm>
#include <iterator>

#include "wheelyard/base/text.hpp"

namespace wheelyard::index {

namespace {

/// Of a Python that is named without it ("3.11"), the third number goes as far as this.
constexpr int highest_patch = 60;
constexpr std::size_t most_described = 20;
constexpr std::size_t longest_python = 60;

bool takes(const package::SpecifierSet& specifiers, const std::string& python) {
  const auto holds = [&](const std::string& text) {
    const auto version = package::Version::parse(text);
    return !version || specifiers.contains(*version);
  };
  if (std::ranges::count(python, '.') > 1) return holds(python);
  for (int patch = 0; patch <= highest_patch; ++patch) {
    if (holds(python + "." + std::to_string(patch))) return true;
  }
  return false;
}

bool is_quarantined(const ProjectPage* page) {
  return page != nullptr && page->status == "quarantined";
}

}  // namespace

const std::vector<Candidate>& Candidates::of_target(const std::string& project) {
  auto found = of_target_.find(project);
  if (found == of_target_.end()) found = of_target_.emplace(project, read(target_, project)).first;
  return found->second;
}

const std::vector<Candidate>& Candidates::of_source(const std::string& project) {
  auto found = of_source_.find(project);
  if (found == of_source_.end()) found = of_source_.emplace(project, read(source_, project)).first;
  return found->second;
}

std::vector<Candidate> Candidates::read(ReleaseReader& reader, const std::string& project) {
  std::vector<Candidate> candidates;
  if (is_quarantined(reader.page(project)) || is_quarantined(target_.page(project))) return candidates;
  for (const auto& [version, files] : reader.releases(project)) {
    if (auto taken = usable(project, files); !taken.empty())
      candidates.push_back({version, std::move(taken)});
  }
  return candidates;
}

std::vector<const FileEntry*> Candidates::usable(const std::string& project,
                                                 const std::vector<const FileEntry*>& files) {
  const auto* held = target_.page(project);
  std::vector<const FileEntry*> taken;
  std::ranges::copy_if(files, std::back_inserter(taken), [&](const FileEntry* file) {
    if (file->yanked) return false;
    const auto* there = held == nullptr ? nullptr : held->find(file->filename);
    return there == nullptr || !there->yanked;
  });
  return taken;
}

bool Candidates::admit(const std::vector<const FileEntry*>& files, const std::string& python) {
  return std::ranges::any_of(files, [&](const FileEntry* file) {
    if (python.empty() || file->requires_python.empty()) return true;
    const auto [known, fresh] = admitted_.try_emplace({file->requires_python, python}, true);
    if (fresh) {
      const auto specifiers = package::SpecifierSet::parse(file->requires_python);
      known->second = !specifiers || takes(*specifiers, python);
    }
    return known->second;
  });
}

bool Candidates::admit_all(const std::vector<const FileEntry*>& files,
                           const std::vector<std::string>& pythons) {
  return std::ranges::all_of(pythons, [&](const std::string& python) { return admit(files, python); });
}

const Candidate* Candidates::best(const std::vector<Candidate>& candidates,
                                  const package::SpecifierSet& specifiers,
                                  const std::vector<std::string>& pythons) {
  std::vector<package::Version> versions;
  for (const auto& candidate : candidates) {
    if (admit_all(candidate.files, pythons)) versions.push_back(candidate.version);
  }
  const auto taken = specifiers.filter(versions);
  const auto highest = std::ranges::max_element(taken);
  if (highest == taken.end()) return nullptr;
  return &*std::ranges::find(candidates, *highest, &Candidate::version);
}

std::string Candidates::describe(const std::string& project, const std::string& python) {
  for (auto* reader : {&source_, &target_}) {
    if (is_quarantined(reader->page(project)))
      return std::string("the ") + (reader == &source_ ? "source" : "target") + " has quarantined it";
  }
  std::map<package::Version, std::string> all;
  for (auto* reader : {&source_, &target_}) {
    for (const auto& [version, files] : reader->releases(project)) {
      const auto taken = usable(project, files);
      auto& objection = all[version];
      objection.clear();
      if (taken.empty()) {
        const bool here = std::ranges::all_of(files, &FileEntry::yanked);
        objection = here && reader == &source_ ? " (yanked in the source)" : " (yanked in the target)";
      } else if (!admit(taken, python)) {
        objection = " (for Python " + printable(taken.front()->requires_python, longest_python) + ")";
      }
    }
  }
  if (all.empty()) return "they hold no version of it";
  std::vector<std::string> words;
  for (const auto& [version, objection] : all) words.push_back(version.to_string() + objection);
  std::string cut;
  if (words.size() > most_described) {
    cut = std::to_string(words.size() - most_described) + " lower ones and ";
    words.erase(words.begin(), words.end() - most_described);
  }
  return "they hold " + cut + join(words, ", ");
}

std::string python_of(const package::MarkerEnvironment& environment) {
  for (const auto* const name : {"python_full_version", "python_version"}) {
    if (const auto found = environment.find(name); found != environment.end()) return found->second;
  }
  return "";
}

const std::vector<std::string>& common_pythons() {
  static const std::vector<std::string> pythons = [] {
    constexpr int lowest = 6;
    constexpr int highest = 20;
    std::vector<std::string> all{"2.7"};
    for (int minor = lowest; minor <= highest; ++minor) all.push_back("3." + std::to_string(minor));
    return all;
  }();
  return pythons;
}

std::string python_ranges(const std::vector<std::string>& pythons) {
  const auto& all = common_pythons();
  std::vector<std::string> ranges;
  for (auto at = all.begin(); at != all.end();) {
    const auto is_in = [&](const std::string& python) {
      return std::ranges::find(pythons, python) != pythons.end();
    };
    const auto first = std::find_if(at, all.end(), is_in);
    if (first == all.end()) break;
    at = std::find_if_not(first, all.end(), is_in);
    const auto& last = *std::prev(at);
    if (at == all.end() && last != *first) {
      ranges.push_back(*first + " and later");
    } else {
      ranges.push_back(last == *first ? last : *first + " to " + last);
    }
  }
  return join(ranges, ", ");
}

}  // namespace wheelyard::index
