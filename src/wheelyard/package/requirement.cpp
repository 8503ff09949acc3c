#include "wheelyard/package/requirement.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/dependency_scanner.hpp"
#include "wheelyard/package/name.hpp"
#include "wheelyard/package/unicode_space.hpp"

namespace wheelyard::package {
namespace {

using Problem = std::string;  ///< "" where all is well

/// "[a, b]", or nothing.
Problem take_extras(DependencyScanner& scanner, std::vector<std::string>& extras) {
  if (!scanner.take("[")) return {};
  scanner.take_space();
  while (!scanner.is_at(']')) {
    const auto extra = scanner.take_name();
    if (extra.empty()) return "its list of extras is no list of names";
    extras.push_back(normalize_name(extra));
    scanner.take_space();
    if (scanner.is_at(']')) break;
    if (!scanner.take(",")) return "its list of extras does not end";
    scanner.take_space();
    if (scanner.is_at(']')) return "its list of extras ends in a comma";
  }
  scanner.take("]");
  std::ranges::sort(extras);
  extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
  return {};
}

std::string_view take_operator(DependencyScanner& scanner) {
  for (const std::string_view op : {"===", "==", "~=", "!=", "<=", ">=", "<", ">"}) {
    if (scanner.take(op)) return op;
  }
  return {};
}

/// ">=1, <2" or "(>=1, <2)", or nothing.
Problem take_specifiers(DependencyScanner& scanner, SpecifierSet& specifiers) {
  const bool bracketed = scanner.take("(");
  scanner.take_space();
  std::string all;
  for (auto op = take_operator(scanner); !op.empty(); op = take_operator(scanner)) {
    scanner.take_unicode_space();
    // "===" takes anything, commas too, as `packaging` reads it.
    const auto version = scanner.take_until(op == "===" ? " \t;)" : " \t,;)");
    const auto clause = std::string(op) + std::string(version);
    const bool goes_on = op != "===" && version.starts_with('=');
    if (goes_on || !SpecifierSet::parse(clause) || trim_unicode(clause) != clause) {
      return "'" + printable(clause, 60) + "' is no version specifier";
    }
    all += (all.empty() ? "" : ",") + clause;
    scanner.take_space();
    if (!scanner.take(",")) break;
    scanner.take_space();
  }
  if (bracketed && !scanner.take(")")) return "its version specifiers have no closing bracket";
  specifiers = SpecifierSet::parse(all).value_or(SpecifierSet{});
  return {};
}

}  // namespace

Requirement::Result Requirement::parse(std::string_view text) {
  const auto problem = [](std::string words) { return Result{std::nullopt, std::move(words)}; };
  if (std::ranges::any_of(text, [](char c) { return is_control(c) && c != '\t'; })) {
    return problem("it holds control characters");
  }
  Requirement result;
  DependencyScanner scanner(text);
  scanner.take_space();
  result.name = scanner.take_name();
  if (result.name.empty()) return problem("it begins with no project's name");
  result.normalized_name = normalize_name(result.name);
  scanner.take_space();
  if (auto found = take_extras(scanner, result.extras); !found.empty()) return problem(std::move(found));
  scanner.take_space();
  if (scanner.take("@")) {
    scanner.take_space();
    result.url = scanner.take_until(" \t");
    if (result.url.empty()) return problem("there is no URL behind its '@'");
    scanner.take_space();
  } else {
    if (auto found = take_specifiers(scanner, result.specifiers); !found.empty())
      return problem(std::move(found));
    scanner.take_space();
  }
  if (scanner.at_end()) return {std::move(result), {}};
  if (!scanner.take(";")) {
    return problem("'" + printable(scanner.rest(), 60) +
                   "' stands where it should end, or a ';' should stand");
  }
  auto marker = Marker::parse(scanner.rest());
  if (!marker.marker) return problem("its marker cannot be read: " + marker.problem);
  result.marker = std::move(marker.marker);
  return {std::move(result), {}};
}

Marker::Truth Requirement::applies(const MarkerEnvironment& environment,
                                   const std::set<std::string>& asked_extras) const {
  if (!marker) return Marker::Truth::yes;
  auto with_extra = environment;
  with_extra["extra"] = "";
  auto truth = marker->evaluate(with_extra);
  for (const auto& extra : asked_extras) {
    with_extra["extra"] = extra;
    truth = std::max(truth, marker->evaluate(with_extra));
  }
  return truth;
}

std::string Requirement::to_string() const {
  std::string text = name;
  if (!extras.empty()) text += "[" + join(extras, ",") + "]";
  text += url.empty() ? specifiers.to_string() : " @ " + url;
  if (marker) text += (url.empty() ? "; " : " ; ") + marker->to_string();
  return text;
}

}  // namespace wheelyard::package
