#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::package {

/// What is known of the place where something will be installed: variables of PEP 508 ("python_version",
/// "sys_platform", "extra", …) and their values. One that is not in it may have any value.
using MarkerEnvironment = std::map<std::string, std::string>;

/// An environment marker ("python_version >= '3.8' and sys_platform == 'win32'") of a dependency specifier
/// (https://packaging.python.org/en/latest/specifications/dependency-specifiers/). Reads and decides as
/// `packaging.markers.Marker` does where everything is known.
class Marker {
 public:
  struct Result;
  /// Never throws. Text that cannot be a marker gives a problem in words.
  static Result parse(std::string_view text);

  enum class Truth { no, maybe, yes };  // in this order: `max` is "or"
  /// `maybe` where it depends on what is not known, and where a comparison has no meaning by the standard
  /// ("sys_platform ~= 'linux'"). Two comparisons of one unknown variable are not held against each other:
  /// what could never be true may be `maybe`.
  Truth evaluate(const MarkerEnvironment& environment) const;

  /// With single spaces, double quotes where the text allows them, and no needless brackets.
  std::string to_string() const;

 private:
  friend class MarkerParser;

  struct Operand {
    bool variable = false;
    std::string text;  ///< the variable's name, or the text without its quotes
  };
  /// A comparison, or alternatives, each of which is terms that all have to hold.
  struct Term {
    Operand left;
    std::string op;
    Operand right;
    std::vector<std::vector<Term>> alternatives;
  };

  static Truth evaluate(const Term& term, const MarkerEnvironment& environment);
  static Truth compare(const Term& term, const MarkerEnvironment& environment);
  static void write(const Term& term, std::string& out);

  Term root_;
};

struct Marker::Result {
  std::optional<Marker> marker;
  std::string problem;  ///< why not, in words, where there is none
};

}  // namespace wheelyard::package
