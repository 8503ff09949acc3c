#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/version.hpp"

namespace wheelyard::package {

/// A comma-separated set of PEP 440 specifiers (">=1.2,!=1.3.*,<2", "~=1.4.2", "===anything"), or the empty
/// set, which holds every version. Agrees with `packaging.specifiers.SpecifierSet`.
class SpecifierSet {
 public:
  static std::optional<SpecifierSet> parse(std::string_view text);

  /// Whether every specifier of the set holds for the version. Pre-releases count unless `prereleases` is
  /// false: one version by itself has no final release beside it that PEP 440 would prefer. To choose among
  /// many, use `filter`.
  bool contains(const Version& version, bool prereleases = true) const;
  /// Which of the versions the set takes, in their order. `prereleases`: true takes them, false never; none
  /// takes them where a specifier names one, or where there is no final release that matches.
  std::vector<Version> filter(const std::vector<Version>& versions,
                              std::optional<bool> prereleases = std::nullopt) const;
  /// Whether a specifier names a pre-release (other than by "!=").
  bool names_prerelease() const;
  std::string to_string() const;  ///< as `str(SpecifierSet(...))`: sorted, without spaces and repetitions
  bool empty() const { return clauses_.empty(); }

 private:
  struct Clause {
    std::string op;
    std::string version;  ///< as written
    std::optional<Version>
        value;  ///< the same read; of "1.2.*" the part before ".*"; none where "===" names no version
    bool wildcard = false;

    std::string canonical() const;  ///< equal for specifiers that mean the same
    bool matches(const Version& version) const;
  };
  static std::optional<Clause> parse_clause(std::string_view text);
  std::vector<Clause> clauses_;
};

}  // namespace wheelyard::package
