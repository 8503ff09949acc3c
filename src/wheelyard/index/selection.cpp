#include "wheelyard/index/selection.hpp"

#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {

Selection Selection::parse(std::string_view spec) {
  const auto refuse = [&](std::string reason) -> Error {
    return Error(ErrorCode::invalid_argument, "understand", "'" + printable(spec) + "'", std::move(reason),
                 "name a project (acme), versions of it ('acme==1.2', 'acme<2') or a file "
                 "(acme-1.2-py3-none-any.whl)");
  };
  Selection selection;
  selection.text = spec;
  if (package::looks_like_distribution(spec)) {
    auto parsed = package::parse_filename(spec);
    if (!parsed.filename) throw refuse(parsed.problem);
    selection.filename = spec;
    selection.project = parsed.filename->normalized_name;
    return selection;
  }
  const auto end = spec.find_first_of("<>=!~ \t");
  const auto name = trim(spec.substr(0, end));
  if (!package::is_valid_name(name)) throw refuse("it begins with no project's name");
  selection.project = package::normalize_name(name);
  const auto rest = end == std::string_view::npos ? std::string_view{} : trim(spec.substr(end));
  auto versions = package::SpecifierSet::parse(rest);
  if (!versions) throw refuse("'" + printable(rest) + "' is no version specifier");
  selection.versions = std::move(*versions);
  return selection;
}

SelectionWithExtras SelectionWithExtras::parse(const std::string& spec) {
  const auto open = spec.find('[');
  if (open == std::string::npos) return {.selection = Selection::parse(spec), .extras = {}};
  const auto refuse = [&] {
    throw Error(ErrorCode::invalid_argument, "understand", "'" + printable(spec) + "'",
                "its extras are no list of names", "write them like this: 'acme[server,web]==1.2'");
  };
  const auto close = spec.find(']', open);
  if (close == std::string::npos) refuse();
  std::set<std::string> extras;
  for (const auto part : split(std::string_view(spec).substr(open + 1, close - open - 1), ',')) {
    const auto extra = trim(part);
    if (extra.empty()) continue;
    if (!package::is_valid_name(extra)) refuse();
    extras.insert(package::normalize_name(extra));
  }
  return {.selection = Selection::parse(spec.substr(0, open) + spec.substr(close + 1)),
          .extras = std::move(extras)};
}

bool Selection::selects(const FileEntry& file) const {
  if (!filename.empty()) return file.filename == filename;
  if (versions.empty()) return true;
  const auto parsed = package::parse_filename_of(file.filename, project);
  return parsed && versions.contains(parsed->version, true);
}

}  // namespace wheelyard::index
