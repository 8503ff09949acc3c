#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wheelyard {

/// A parsed XML element, read-only: what S3, Azure and the like answer with. Namespaces are dropped from
/// names.
struct XmlNode {
  std::string name;
  std::string text;  ///< the element's own character data, entities resolved
  std::vector<XmlNode> children;

  /// The first child of that name, or null.
  const XmlNode* child(std::string_view name) const;
  /// Its text, or "".
  std::string_view child_text(std::string_view name) const;
};

/// Throws `corrupted` on malformed input, on a DOCTYPE, and on nesting deeper than 64.
XmlNode parse_xml(std::string_view text, std::string_view what);
std::string xml_escape(std::string_view text);

}  // namespace wheelyard
