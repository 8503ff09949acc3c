#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/package/marker.hpp"
#include "wheelyard/package/specifier.hpp"

namespace wheelyard::package {

/// What a release needs: one Requires-Dist of its metadata, "lib[fast]>=1.2; python_version < '3.11'"
/// (https://packaging.python.org/en/latest/specifications/dependency-specifiers/). Reads what
/// `packaging.requirements.Requirement` reads, but for names that end in "_" and quoted texts with
/// backslashes, which the standard does not have.
struct Requirement {
  std::string name;                 ///< as written
  std::string normalized_name;      ///< PEP 503
  std::vector<std::string> extras;  ///< normalised, sorted, each once
  SpecifierSet specifiers;          ///< empty with a URL
  std::string url;                  ///< of a direct reference ("lib @ https://…"); mostly ""
  std::optional<Marker> marker;

  struct Result;
  /// Never throws. Text that cannot be a requirement gives a problem in words.
  static Result parse(std::string_view text);

  /// Whether it is needed in an environment of which `environment` is known, by one who asked for these
  /// extras of the release that has it.
  Marker::Truth applies(const MarkerEnvironment& environment,
                        const std::set<std::string>& asked_extras) const;

  std::string to_string() const;
};

struct Requirement::Result {
  std::optional<Requirement> requirement;
  std::string problem;  ///< why not, in words, where there is none
};

}  // namespace wheelyard::package
