#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "wheelyard/index/model.hpp"
#include "wheelyard/package/specifier.hpp"

namespace wheelyard::index {

/// Which files a person means: `name`, `name==1.2` (any PEP 440 specifier) or a file name.
struct Selection {
  std::string text;      ///< as it was given
  std::string project;   ///< normalised
  std::string filename;  ///< empty unless it was a file name
  package::SpecifierSet versions;

  /// Throws `invalid_argument` with an example of what is right.
  static Selection parse(std::string_view spec);
  /// Pre-releases are meant too: whoever says "==1.*" for a removal has them in mind.
  bool selects(const FileEntry& file) const;
};

/// "acme[server,web]==1.2": the extras, normalised, and the selection without them.
struct SelectionWithExtras {
  Selection selection;
  std::set<std::string> extras;

  /// Throws as `Selection::parse` does.
  static SelectionWithExtras parse(const std::string& spec);
};

}  // namespace wheelyard::index
