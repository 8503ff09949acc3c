// What an object store answers with: a tree or `corrupted`, of bounded depth.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/xml.hpp"

using namespace wheelyard;

namespace {

std::size_t depth_of(const XmlNode& node) {
  std::size_t deepest = 0;
  for (const auto& child : node.children) deepest = std::max(deepest, depth_of(child));
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    auto root = parse_xml(text, "answer");
    if (depth_of(root) > 65) std::abort();
    root.child_text("Key");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) std::abort();
  }
  std::string escaped = xml_escape(text);
  if (escaped.find('<') != std::string::npos) std::abort();
  return 0;
}
