// Keys of announcements: what parses is written back to the same key, and nothing throws. The first line of
// the input is the prefix, the second the key, the rest the body.
#include <cstdint>

#include "input.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/index/announcement.hpp"

using namespace wheelyard;
using namespace wheelyard::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto prefix = take_line(text);
  auto key = take_line(text);
  auto parsed = index::parse_announcement(prefix, key);
  if (!parsed) return 0;
  if (!parsed->body_needed()) {
    require(index::format_announcement(prefix, parsed->announcement).key == key);
    return 0;
  }
  // A digest in the key keeps a fuzzer from ever finding the body: so the body decides.
  parsed->body_sha256 = sha256_hex(text);
  try {
    auto whole = index::read_announcement_body(*parsed, text, "body");
    require(index::format_announcement(prefix, whole).body == text);
  } catch (const Error& error) {
    require(error.code() == ErrorCode::corrupted);
  }
  return 0;
}
