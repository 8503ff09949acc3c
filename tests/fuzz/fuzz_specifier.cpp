// Specifier sets: a line with the set, then versions. What is written reads back and holds the same versions.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "wheelyard/package/specifier.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.substr(0, text.find('\n'));
  const auto set = SpecifierSet::parse(line);
  if (!set) return 0;
  const auto again = SpecifierSet::parse(set->to_string());
  if (!again || again->to_string() != set->to_string() ||
      again->names_prerelease() != set->names_prerelease())
    std::abort();
  std::vector<Version> versions;
  text.remove_prefix(line.size());
  while (!text.empty() && versions.size() < 8) {
    text.remove_prefix(1);
    const auto part = text.substr(0, text.find('\n'));
    if (const auto version = Version::parse(part)) versions.push_back(*version);
    text.remove_prefix(part.size());
  }
  for (const Version& version : versions) {
    const bool inside = set->contains(version);
    if (again->contains(version) != inside) std::abort();
    if (set->empty() && !inside) std::abort();
    if (set->contains(version, false) != (inside && !version.is_prerelease())) std::abort();
  }
  if (set->filter(versions, true).size() < set->filter(versions).size()) std::abort();
  if (set->filter(versions).size() < set->filter(versions, false).size()) std::abort();
  // Two sets in one hold what both hold.
  const auto half = line.substr(0, line.find(','));
  const auto first = SpecifierSet::parse(half);
  for (const Version& version : versions) {
    if (first && set->contains(version) && !first->contains(version)) std::abort();
  }
  return 0;
}
