// Dependency specifiers and markers: what is written reads back as the same, and means the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wheelyard/package/requirement.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const MarkerEnvironment some{{"python_version", "3.11"}, {"sys_platform", "linux"}, {"extra", "a"}};
  if (const auto parsed = Marker::parse(text); parsed.marker) {
    const auto again = Marker::parse(parsed.marker->to_string()).marker;
    if (!again || again->to_string() != parsed.marker->to_string()) std::abort();
    if (again->evaluate(some) != parsed.marker->evaluate(some)) std::abort();
    // Who knows less decides nothing else.
    const auto known = parsed.marker->evaluate(some);
    const auto unknown = parsed.marker->evaluate({});
    if (unknown != Marker::Truth::maybe && unknown != known) std::abort();
  } else if (parsed.problem.empty()) {
    std::abort();
  }
  const auto parsed = Requirement::parse(text);
  if (!parsed.requirement) {
    if (parsed.problem.empty()) std::abort();
    return 0;
  }
  const auto again = Requirement::parse(parsed.requirement->to_string()).requirement;
  if (!again || again->to_string() != parsed.requirement->to_string() ||
      again->normalized_name != parsed.requirement->normalized_name ||
      again->extras != parsed.requirement->extras || again->url != parsed.requirement->url)
    std::abort();
  return 0;
}
