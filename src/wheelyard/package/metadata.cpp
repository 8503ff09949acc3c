#include "wheelyard/package/metadata.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/package/version.hpp"

namespace wheelyard::package {
namespace {

// Takes one line off the text; it may end in LF, CRLF or a lone CR.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find_first_of("\r\n");
  const std::string_view line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
  } else {
    text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return line;
}

bool is_continuation(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

// "Name: value"; a name is printable ASCII without a colon.
std::optional<std::pair<std::string_view, std::string_view>> split_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view name = line.substr(0, colon);
  if (!std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; })) return std::nullopt;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  return std::pair{name, value};
}

}  // namespace

std::string Metadata::get(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (equals_ignoring_case(field, name)) return value;
  }
  return {};
}

std::vector<std::string> Metadata::get_all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields) {
    if (equals_ignoring_case(field, name)) values.push_back(value);
  }
  return values;
}

std::string unfolded(std::string_view value) {
  std::string result;
  for (const auto line : split(value, '\n')) {
    const auto text = trim(line);
    if (!result.empty() && !text.empty()) result.push_back(' ');
    result.append(text);
  }
  return result;
}

Metadata parse_metadata(std::string_view text, std::string_view what) {
  Metadata result;
  while (!text.empty()) {
    const std::string_view before = text;
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    if (is_continuation(line) && !result.fields.empty()) {
      result.fields.back().second.append("\n").append(line);
    } else if (const auto field = split_field(line)) {
      result.fields.emplace_back(field->first, field->second);
    } else {
      // Neither a field nor the empty line that ends them: PyPA's reader takes the body to begin here.
      text = before;
      break;
    }
  }
  if (result.fields.empty()) {
    throw Error(ErrorCode::corrupted, "read", std::string(what),
                "it holds no metadata fields (\"Name: value\" lines)", "build the package again");
  }
  if (!text.empty()) result.body = text;
  return result;
}

std::vector<std::string> needs_of(const Metadata& metadata) {
  auto needs = metadata.get_all("Requires-Dist");
  for (auto& need : needs) need = unfolded(need);
  return needs;
}

bool leaves_needs_open(const Metadata& metadata) {
  static const auto settled = Version::parse("2.2");
  const auto version = Version::parse(metadata.get("Metadata-Version"));
  if (!version || version < settled) return true;
  return std::ranges::any_of(metadata.get_all("Dynamic"), [](const std::string& field) {
    return equals_ignoring_case(trim(field), "Requires-Dist");
  });
}

}  // namespace wheelyard::package
