#include "wheelyard/package/specifier.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/unicode_space.hpp"

namespace wheelyard::package {

std::optional<SpecifierSet::Clause> SpecifierSet::parse_clause(std::string_view text) {
  constexpr std::array<std::string_view, 8> operators = {"===", "~=", "==", "!=", "<=", ">=", "<", ">"};
  const auto* const op =
      std::ranges::find_if(operators, [&](auto candidate) { return text.starts_with(candidate); });
  if (op == operators.end()) return std::nullopt;
  std::string_view version = trim_unicode(text.substr(op->size()));

  Clause clause{std::string(*op), std::string(version), Version::parse(version), false};
  if (*op == "===") {
    // Anything but white space, ";" and ")", which end a specifier inside a requirement.
    if (has_unicode_space(version) || version.find_first_of(";)") != std::string_view::npos)
      return std::nullopt;
    return clause;
  }
  if ((*op == "==" || *op == "!=") && version.ends_with(".*")) {
    version.remove_suffix(2);
    // A wildcard stands behind a bare release only, and nothing may stand between them.
    if (version.empty() || !is_digit(version.back())) return std::nullopt;
    clause.value = Version::parse(version);
    clause.wildcard = true;
    if (!clause.value || clause.value->is_prerelease() || clause.value->is_postrelease() ||
        !clause.value->local_.empty()) {
      return std::nullopt;
    }
    return clause;
  }
  if (!clause.value) return std::nullopt;
  if (*op == "~=" && clause.value->release_.size() < 2) return std::nullopt;
  if (*op != "==" && *op != "!=" && !clause.value->local_.empty()) return std::nullopt;
  return clause;
}

std::optional<SpecifierSet> SpecifierSet::parse(std::string_view text) {
  SpecifierSet set;
  while (true) {
    const std::size_t comma = text.find(',');
    if (const auto part = trim_unicode(text.substr(0, comma)); !part.empty()) {
      auto clause = parse_clause(part);
      if (!clause) return std::nullopt;
      set.clauses_.push_back(std::move(*clause));
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::ranges::stable_sort(set.clauses_, {}, [](const Clause& c) { return c.op + c.version; });
  std::set<std::string> seen;
  std::erase_if(set.clauses_, [&](const Clause& c) { return !seen.insert(c.canonical()).second; });
  return set;
}

std::string SpecifierSet::Clause::canonical() const {
  if (op == "===" || wildcard) return op + version;
  Version shortened = *value;
  if (op != "~=") {
    while (shortened.release_.size() > 1 && shortened.release_.back() == "0") shortened.release_.pop_back();
  }
  return op + shortened.to_string();
}

bool SpecifierSet::Clause::matches(const Version& candidate) const {
  if (op == "===") return equals_ignoring_case(candidate.to_string(), version);
  if (wildcard) return candidate.has_release_prefix(*value, value->release_.size()) == (op == "==");
  const auto order = candidate.compare_public(*value);
  if (op == "==" || op == "!=") {
    // Without a local part the specifier holds for every local version of the same public one.
    const bool equal = order == 0 && (value->local_.empty() || candidate.compare_local(*value) == 0);
    return equal == (op == "==");
  }
  if (op == ">=") return order >= 0;
  if (op == "<=") return order <= 0;
  if (op == "~=") return order >= 0 && candidate.has_release_prefix(*value, value->release_.size() - 1);
  const bool same_release = candidate.compare_release(*value) == 0;
  if (op == "<") {
    // "<1.0" holds for no pre-release of 1.0, unless it names one itself.
    if (order >= 0) return false;
    if (value->is_prerelease() || !same_release) return true;
    // What is left stands below "V.dev0": for "<1.0.post1" that is 1.0.post0, but not 1.0.post1.dev0.
    Version first = *value;
    first.dev_ = "0";
    return candidate.compare_public(first) < 0;
  }
  // ">1.0" holds for no post-release of 1.0, unless it names a post-release or a dev release itself.
  if (order <= 0) return false;
  if (value->post_ || value->dev_ || !same_release) return true;
  return candidate.pre_phase_ != value->pre_phase_ || candidate.pre_number_ != value->pre_number_;
}

bool SpecifierSet::contains(const Version& version, bool prereleases) const {
  if (!prereleases && version.is_prerelease()) return false;
  return std::ranges::all_of(clauses_, [&](const Clause& clause) { return clause.matches(version); });
}

bool SpecifierSet::names_prerelease() const {
  return std::ranges::any_of(clauses_, [](const Clause& clause) {
    return clause.op != "!=" && !clause.wildcard && clause.value && clause.value->is_prerelease();
  });
}

std::vector<Version> SpecifierSet::filter(const std::vector<Version>& versions,
                                          std::optional<bool> prereleases) const {
  if (!prereleases && names_prerelease()) prereleases = true;
  std::vector<Version> taken;
  std::ranges::copy_if(versions, std::back_inserter(taken),
                       [&](const Version& v) { return contains(v, prereleases.value_or(true)); });
  const auto is_final = [](const Version& v) { return !v.is_prerelease(); };
  if (!prereleases && std::ranges::any_of(taken, is_final)) std::erase_if(taken, std::not_fn(is_final));
  return taken;
}

std::string SpecifierSet::to_string() const {
  std::string result;
  for (const Clause& clause : clauses_) {
    if (!result.empty()) result.push_back(',');
    result += clause.op + clause.version;
  }
  return result;
}

}  // namespace wheelyard::package
