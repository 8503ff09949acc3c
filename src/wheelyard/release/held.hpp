#pragma once

#include <map>
#include <string>

#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// What a rank holds, down to where its bytes are.
struct HeldRelease {
  Standing standing;
  Manifest manifest;  ///< `key` of each file is set, the store's prefix included
};

/// What each rank holds of a name, all of one state; ranks that hold nothing are left out. Empty where there
/// is certainly no release of that name. Nothing is written: what another program left and nobody has taken
/// over yet has no digests.
std::map<std::string, HeldRelease> held_releases(Pipeline& pipeline, const std::string& name);

/// What the store tells of the bytes of the release's first file: type, encoding, ETag.
store::ObjectInfo bytes_info(Pipeline& pipeline, const HeldRelease& release);

}  // namespace wheelyard::release
