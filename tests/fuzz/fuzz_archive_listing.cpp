// Archives whose members are listed: the first byte chooses the kind of file, the rest is the file.
// Whatever it holds, there is an answer in bounded time: members in order, each once, or an Error.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input.hpp"

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/archive_listing.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array filenames = {"a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"};
  const std::string filename = filenames[data[0] % filenames.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const wheelyard::fuzz::InputFile file(bytes);
  try {
    const InspectLimits limits{.member_count = 1000, .unpacked_bytes = 16u << 20};
    const auto members = list_archive(file.path(), filename, limits);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (members[i].sha256.size() != 64 || members[i].size > limits.unpacked_bytes) std::abort();
      if (i > 0 && members[i - 1].path >= members[i].path) std::abort();
    }
    if (members.size() > limits.member_count) std::abort();
  } catch (const wheelyard::Error& error) {
    if (error.code() != wheelyard::ErrorCode::corrupted || error.hint().empty()) std::abort();
  }
  return 0;
}
