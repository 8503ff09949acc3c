// File names: what is accepted is safe as one part of a key and reads the same as a file of its own project.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/name.hpp"

using namespace wheelyard::package;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto [filename, problem] = parse_filename(text);
  if (filename.has_value() != problem.empty()) std::abort();
  for (const char c : problem) {
    if (static_cast<unsigned char>(c) < 0x20) std::abort();
  }
  if (!filename) return 0;
  const auto unsafe = [](char c) { return c <= ' ' || c >= 0x7f || c == '/' || c == '\\'; };
  if (std::ranges::any_of(text, unsafe) || !looks_like_distribution(text)) std::abort();
  if (!is_normalized_name(filename->normalized_name) ||
      normalize_name(filename->name) != filename->normalized_name)
    std::abort();
  if (!text.starts_with(filename->name)) std::abort();
  const bool tagged = !filename->pythons.empty() && !filename->abis.empty() && !filename->platforms.empty();
  if (tagged != (filename->kind == DistributionKind::wheel)) std::abort();
  const auto own = parse_filename_of(text, filename->normalized_name);
  if (!own || own->kind != filename->kind) std::abort();
  if (filename->kind == DistributionKind::wheel && own->version != filename->version) std::abort();
  return 0;
}
