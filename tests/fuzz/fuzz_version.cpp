// Versions: what is written reads back as the same, and the order is an order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "wheelyard/package/version.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // Up to three versions, a line each: for the order among them.
  std::vector<Version> versions;
  while (versions.size() < 3) {
    const auto line = text.substr(0, text.find('\n'));
    if (const auto version = Version::parse(line)) versions.push_back(*version);
    if (line.size() == text.size()) break;
    text.remove_prefix(line.size() + 1);
  }
  for (const Version& version : versions) {
    const auto again = Version::parse(version.to_string());
    if (!again || *again != version || again->to_string() != version.to_string()) std::abort();
    const auto public_part = Version::parse(version.public_version());
    if (!public_part || *public_part > version || !public_part->local().empty()) std::abort();
    const auto base = Version::parse(version.base_version());
    if (!base || base->is_prerelease() || base->is_postrelease()) std::abort();
    if (version.is_devrelease() && !version.is_prerelease()) std::abort();
  }
  for (const Version& a : versions) {
    for (const Version& b : versions) {
      if ((a < b) != (b > a) || (a == b) != (b == a) || (a < b && a == b)) std::abort();
      for (const Version& c : versions) {
        if (a <= b && b <= c && !(a <= c)) std::abort();
      }
    }
  }
  return 0;
}
