#pragma once

#include <optional>
#include <string>

#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// A documented key (`<rank>/<file>`) can follow one name only: the first that pushes a file of that name has
/// it. Claims those of the manifest's files that the name's ranks do not show already, `workers` at once.
/// Throws Refused (file_taken).
void claim_files(const StateStore& states, const PipelineState& state, const Manifest& manifest,
                 std::size_t workers);

/// Whose file name it is; none: nobody's.
std::optional<std::string> file_owner(const StateStore& states, const std::string& file);

}  // namespace wheelyard::release
