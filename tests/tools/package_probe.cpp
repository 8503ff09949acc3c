// Answers questions about names, versions, specifiers and file names, a line each, for comparison with PyPA's
// code. A line is a letter and its arguments, hexadecimal bytes each ("_" for none), between spaces:
//   V text             "-", or: normalised base public local pre post dev
//   C text text        "-", or -1, 0, 1: how the two versions compare
//   S text             "-", or the specifier set as it writes itself
//   M set version      "-", or whether the version is in it: with pre-releases, without
//   L set mode text…   which versions (by number) it takes of many; mode t, f or n
//   N text             whether it is a name, whether a normalised one, and its normal form
//   F text             "-", or: kind name normalised version build pythons abis platforms
//   R text             "-", or: name extras specifiers url marker (0 or 1)
//   K marker name value …   "-", or whether it holds where these variables have these values: no, maybe, yes
//   I path             "-" and why it is refused, or: kind normalised version sha256 size requires-python,
//   warnings
// Texts in answers are hexadecimal too.
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/distribution.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/name.hpp"
#include "wheelyard/package/requirement.hpp"
#include "wheelyard/package/specifier.hpp"
#include "wheelyard/package/version.hpp"

namespace {

using namespace wheelyard::package;

constexpr std::string_view digits = "0123456789abcdef";

std::string hex(std::string_view text) {
  if (text.empty()) return "_";
  std::string result;
  for (const char c : text) {
    result.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    result.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return result;
}

std::string unhex(std::string_view text) {
  std::string result;
  if (text == "_") return result;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    result.push_back(static_cast<char>(digits.find(text[i]) << 4 | digits.find(text[i + 1])));
  }
  return result;
}

std::string join(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : ".") + part;
  return result;
}

std::string flag(bool value) {
  return value ? "1" : "0";
}

std::string about_version(const std::string& text) {
  const auto version = Version::parse(text);
  if (!version) return "-";
  return hex(version->to_string()) + " " + hex(version->base_version()) + " " +
         hex(version->public_version()) + " " + hex(version->local()) + " " + flag(version->is_prerelease()) +
         flag(version->is_postrelease()) + flag(version->is_devrelease());
}

std::string compared(const std::string& left, const std::string& right) {
  const auto a = Version::parse(left);
  const auto b = Version::parse(right);
  if (!a || !b) return "-";
  return *a < *b ? "-1" : *a == *b ? "0" : "1";
}

std::string filtered(const std::vector<std::string>& arguments) {
  const auto set = SpecifierSet::parse(arguments.at(0));
  if (!set) return "-";
  std::vector<Version> versions;
  for (std::size_t i = 2; i < arguments.size(); ++i) versions.push_back(Version::parse(arguments[i]).value());
  const auto mode = arguments.at(1) == "n" ? std::nullopt : std::optional(arguments.at(1) == "t");
  std::string result = "=";
  for (const Version& version : set->filter(versions, mode)) result += " " + hex(version.to_string());
  return result;
}

std::string about_filename(const std::string& text) {
  const auto parsed = parse_filename(text).filename;
  if (!parsed) return "-";
  return std::string(parsed->kind == DistributionKind::wheel ? "wheel " : "sdist ") + hex(parsed->name) +
         " " + hex(parsed->normalized_name) + " " + hex(parsed->version.to_string()) + " " +
         hex(parsed->build) + " " + hex(join(parsed->pythons)) + " " + hex(join(parsed->abis)) + " " +
         hex(join(parsed->platforms));
}

std::string about_requirement(const std::string& text) {
  const auto requirement = Requirement::parse(text).requirement;
  if (!requirement) return "-";
  const auto again = Requirement::parse(requirement->to_string()).requirement;
  if (!again || again->to_string() != requirement->to_string()) return "it does not read back";
  std::string extras;
  for (const auto& extra : requirement->extras) extras += (extras.empty() ? "" : ",") + extra;
  return hex(requirement->name) + " " + hex(extras) + " " + hex(requirement->specifiers.to_string()) + " " +
         hex(requirement->url) + " " + flag(requirement->marker.has_value());
}

std::string decided(const std::vector<std::string>& arguments) {
  const auto marker = Marker::parse(arguments.at(0)).marker;
  if (!marker) return "-";
  const auto again = Marker::parse(marker->to_string()).marker;
  MarkerEnvironment environment;
  for (std::size_t i = 1; i + 1 < arguments.size(); i += 2) environment[arguments[i]] = arguments[i + 1];
  const auto truth = marker->evaluate(environment);
  if (!again || again->evaluate(environment) != truth) return "it does not read back";
  return truth == Marker::Truth::no ? "no" : truth == Marker::Truth::yes ? "yes" : "maybe";
}

std::string inspected(const std::string& path) {
  try {
    const Distribution found = inspect_distribution(path);
    std::string result = std::string(found.kind == DistributionKind::wheel ? "wheel " : "sdist ") +
                         hex(found.normalized_name) + " " + hex(found.version) + " " + found.sha256 + " " +
                         std::to_string(found.size) + " " + hex(found.requires_python);
    for (const std::string& warning : found.warnings) result += " " + hex(warning);
    return result;
  } catch (const wheelyard::Error& error) {
    return "- " + hex(std::string(wheelyard::to_string(error.code())) + ": " + error.what());
  }
}

std::string answer(char question, const std::vector<std::string>& arguments) {
  switch (question) {
    case 'V':
      return about_version(arguments.at(0));
    case 'C':
      return compared(arguments.at(0), arguments.at(1));
    case 'S': {
      const auto set = SpecifierSet::parse(arguments.at(0));
      return set ? hex(set->to_string()) : "-";
    }
    case 'M': {
      const auto set = SpecifierSet::parse(arguments.at(0));
      const auto version = Version::parse(arguments.at(1));
      return set && version ? flag(set->contains(*version)) + flag(set->contains(*version, false)) : "-";
    }
    case 'L':
      return filtered(arguments);
    case 'N':
      return flag(is_valid_name(arguments.at(0))) + flag(is_normalized_name(arguments.at(0))) + " " +
             hex(normalize_name(arguments.at(0)));
    case 'F':
      return about_filename(arguments.at(0));
    case 'R':
      return about_requirement(arguments.at(0));
    case 'K':
      return decided(arguments);
    case 'I':
      return inspected(arguments.at(0));
    default:
      return "?";
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string question;
    words >> question;
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(unhex(word));
    std::cout << answer(question.empty() ? '?' : question.front(), arguments) << '\n';
  }
}
