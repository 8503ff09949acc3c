// What an object store answers with: a tree or `corrupted`, of bounded depth.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/xml.hpp"
#include "wheelyard/base/xml_reader.hpp"

using namespace wheelyard;

namespace {

std::size_t depth_of(const XmlNode& node) {
  std::size_t deepest = 0;
  for (const auto& child : node.children) deepest = std::max(deepest, depth_of(child));
  return deepest + 1;
}

void add_names(const XmlNode& node, std::vector<std::string>& names) {
  names.push_back(node.name);
  for (const auto& child : node.children) add_names(child, names);
}

/// The elements in their order; none where it is malformed.
std::vector<std::string> names_read(std::string_view text) {
  std::vector<std::string> names;
  try {
    XmlReader reader(text, "answer");
    for (auto event = reader.next(); event != XmlReader::Event::end; event = reader.next()) {
      if (event == XmlReader::Event::open) names.emplace_back(reader.name());
      if (reader.depth() > 64 || reader.text().size() > text.size()) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) std::abort();
    return {};
  }
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    auto root = parse_xml(text, "answer");
    if (depth_of(root) > 65) std::abort();
    root.child_text("Key");
    std::vector<std::string> names;
    add_names(root, names);
    const auto read = names_read(text);
    if (!read.empty() && read != names) std::abort();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) std::abort();
  }
  names_read(text);
  std::string escaped = xml_escape(text);
  if (escaped.find('<') != std::string::npos) std::abort();
  return 0;
}
