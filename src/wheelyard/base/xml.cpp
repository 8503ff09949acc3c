#include "wheelyard/base/xml.hpp"

#include <algorithm>

#include <pugixml.hpp>

#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

// The largest honest answer, a listing of 1,000 keys, is below 8 MiB and 20,000 elements.
constexpr std::size_t max_bytes = std::size_t{16} << 20;
constexpr std::ptrdiff_t max_marks = 500'000;
constexpr int max_depth = 64;

[[noreturn]] void refuse(std::string_view what, std::string reason) {
  throw Error(ErrorCode::corrupted, "read", std::string(what), "malformed XML: " + std::move(reason));
}

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void convert(const pugi::xml_node& from, XmlNode& to, int depth, std::string_view what) {
  if (depth > max_depth) refuse(what, "it is nested deeper than " + std::to_string(max_depth));
  to.name = local_name(from.name());
  for (const auto& child : from.children()) {
    switch (child.type()) {
      case pugi::node_element:
        convert(child, to.children.emplace_back(), depth + 1, what);
        break;
      case pugi::node_pcdata:
      case pugi::node_cdata:
        to.text += child.value();
        break;
      default:
        break;
    }
  }
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
  const auto found = std::ranges::find(children, wanted, &XmlNode::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlNode::child_text(std::string_view wanted) const {
  const XmlNode* found = child(wanted);
  return found == nullptr ? std::string_view{} : std::string_view(found->text);
}

XmlNode parse_xml(std::string_view text, std::string_view what) {
  if (text.size() > max_bytes) refuse(what, "it is larger than 16 MiB");
  if (std::ranges::count(text, '<') > max_marks) refuse(what, "it has too many elements");
  if (text.find('\0') != std::string_view::npos) refuse(what, "it holds a null byte");

  pugi::xml_document document;
  // A fragment, so that text beside the root is seen and refused rather than dropped.
  constexpr unsigned options =
      pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single | pugi::parse_fragment;
  const auto result = document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!result) {
    refuse(what, std::string(result.description()) + " at byte " + std::to_string(result.offset));
  }
  pugi::xml_node root;
  for (const auto& node : document.children()) {
    if (node.type() == pugi::node_doctype) refuse(what, "a DOCTYPE is not accepted");
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata)
      refuse(what, "text outside of the root");
    if (node.type() != pugi::node_element) continue;
    if (root) refuse(what, "it has more than one root element");
    root = node;
  }
  if (!root) refuse(what, "it has no root element");
  XmlNode out;
  convert(root, out, 1, what);
  return out;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\r':
        out += "&#13;";
        break;  // a parser would read it as a line feed
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace wheelyard
