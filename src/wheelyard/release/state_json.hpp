#pragma once

#include <string>
#include <string_view>

#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// The objects' texts. Readers take hostile bytes: they throw `corrupted`, naming `what`, on anything that is
/// not exactly such a document, and pass over members that they do not know.
std::string to_json(const PipelineState& state);
PipelineState state_from_json(std::string_view text, std::string_view what);

std::string to_json(const Entry& entry);
Entry entry_from_json(std::string_view text, std::string_view what);

/// `versions/<version>.json`: a manifest, where its bytes are, or that they were given up.
struct VersionDocument {
  Manifest manifest;
  bool pruned = false;
  std::string push;  ///< of whose making it is; "" for none: no two pushes write the same bytes
  bool operator==(const VersionDocument&) const = default;
};
std::string to_json(const VersionDocument& document);
VersionDocument version_from_json(std::string_view text, std::string_view what);

}  // namespace wheelyard::release
