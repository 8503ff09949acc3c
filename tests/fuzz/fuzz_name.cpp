// Names: normalising is idempotent, and a valid name stays one and becomes safe as one part of a path.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wheelyard/package/name.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto normalized = normalize_name(text);
  if (normalize_name(normalized) != normalized || normalized.size() > text.size()) std::abort();
  if (is_valid_name(text) != is_valid_name(normalized)) std::abort();
  if (is_valid_name(text) && !is_normalized_name(normalized)) std::abort();
  if (is_normalized_name(text) && normalized != text) std::abort();
  return 0;
}
