#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/version.hpp"

namespace wheelyard::package {

/// A comma-separated set of PEP 440 specifiers (">=1.2,!=1.3.*,<2", "~=1.4.2", "===anything"), or the empty set,
/// which holds every version. Agrees with `packaging.specifiers.SpecifierSet`.
class SpecifierSet {
 public:
  static std::optional<SpecifierSet> parse(std::string_view text);

  /// `prereleases`: as packaging's argument: true takes them, false never, none only where a specifier names one.
  bool contains(const Version& version, std::optional<bool> prereleases = std::nullopt) const;
  std::string to_string() const;  ///< normalised as `str(SpecifierSet(...))`: sorted, no spaces
  bool empty() const { return clauses_.empty(); }

 private:
  struct Clause {
    std::string op;
    std::string version;
  };
  std::vector<Clause> clauses_;
};

}  // namespace wheelyard::package
