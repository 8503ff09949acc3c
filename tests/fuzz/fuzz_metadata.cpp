// Metadata: fields written back in their simplest form read the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/metadata.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const Metadata metadata = parse_metadata(text, "METADATA");
    if (metadata.fields.empty()) std::abort();
    std::string written;
    for (const auto& [name, value] : metadata.fields) {
      if (name.empty() || metadata.get_all(name).empty() ||
          metadata.get(name) != metadata.get_all(name).front())
        std::abort();
      written += name + ": " + value + "\n";
    }
    const Metadata again = parse_metadata(written + "\n" + metadata.body, "METADATA");
    if (again.fields != metadata.fields || again.body != metadata.body) std::abort();
  } catch (const wheelyard::Error& error) {
    if (error.code() != wheelyard::ErrorCode::corrupted) std::abort();
  }
  return 0;
}
