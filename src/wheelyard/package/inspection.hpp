#pragma once

#include <string>
#include <string_view>

#include "wheelyard/package/archive/block_reader.hpp"
#include "wheelyard/package/distribution.hpp"
#include "wheelyard/package/metadata.hpp"

namespace wheelyard::package {

// The two halves of inspect_distribution. Each fills in all of `result` but path, filename, kind and size,
// and reads the file to its end.
void inspect_wheel(const ArchiveFile& file, const Filename& filename, const InspectLimits& limits,
                   Distribution& result);
void inspect_sdist(const ArchiveFile& file, const Filename& filename, const InspectLimits& limits,
                   Distribution& result);

/// Takes name, version and Requires-Python from METADATA or PKG-INFO (`what`) and holds them against the file
/// name.
void take_metadata(std::string_view text, std::string_view what, const Filename& filename, const Fault& fault,
                   Distribution& result);

}  // namespace wheelyard::package
