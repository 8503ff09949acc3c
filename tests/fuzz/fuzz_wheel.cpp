// Wheels and sdists whole: the first byte chooses the kind of file, the rest is the file.
// Whatever it holds, there is an answer: a distribution that agrees with its name, or an Error.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/package/distribution.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array filenames = {"acme-1.0-py3-none-any.whl", "acme-1.0.tar.gz", "acme-1.0.zip",
                                    "acme-1.0.tar.bz2"};
  const std::string filename = filenames[data[0] % filenames.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const wheelyard::fuzz::InputFile file(bytes);
  try {
    const InspectLimits limits{.metadata_bytes = 1u << 20, .member_count = 1000, .unpacked_bytes = 16u << 20};
    const auto found = inspect_distribution_as(file.path(), filename, limits);
    if (found.normalized_name != "acme" || found.version != "1.0" || found.size != bytes.size()) std::abort();
    if (found.sha256 != wheelyard::sha256_hex(bytes)) std::abort();
    if (found.core_metadata.empty() != (found.kind == DistributionKind::sdist)) std::abort();
  } catch (const wheelyard::Error& error) {
    if (error.code() != wheelyard::ErrorCode::corrupted || error.hint().empty()) std::abort();
  }
  return 0;
}
