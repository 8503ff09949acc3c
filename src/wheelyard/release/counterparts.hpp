#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/package/archive_listing.hpp"
#include "wheelyard/release/model.hpp"

namespace wheelyard::release {

/// Which file of a release takes the place of which of another, by their names. Either may be null.
using Counterparts = std::vector<std::pair<const ReleaseFile*, const ReleaseFile*>>;

/// Files of the same name belong together. Of those that are left, in this order and only where there is no
/// doubt (one on each side):
/// 1. those whose names are the same but for the releases' versions: `app-1.0-linux.bin`,
/// `app-1.1-linux.bin`;
/// 2. wheels of one project and the same tags, sdists of one project, whatever their versions;
/// 3. those of the same kind, by what their names end with: `report.pdf`, `summary.pdf`.
/// In the order of the names after; then what was removed, in the order of the names before.
Counterparts find_counterparts(const Manifest& before, const Manifest& after);

/// Members of two archives by what they are called when the folder that holds all of them, and a version in
/// `acme-1.0.dist-info`, is left out of account. Order as above.
using MemberCounterparts = std::vector<std::pair<const package::ListedMember*, const package::ListedMember*>>;
MemberCounterparts find_counterparts(const std::vector<package::ListedMember>& before,
                                     const std::vector<package::ListedMember>& after);

}  // namespace wheelyard::release
