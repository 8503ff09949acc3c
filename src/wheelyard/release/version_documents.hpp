#pragma once

#include <set>
#include <string>
#include <vector>

#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// Writes a version's document. Throws as a put does: `already_exists`, `precondition_failed`.
void write_version(const StateStore& states, const VersionDocument& document, store::PutMode mode);

/// Marks a version's document, for ever, and returns it as it is then. Where there is none, one without files
/// is written, so that the version is never pushed again. Throws `corrupted` where it is of another release.
VersionDocument mark_pruned(const StateStore& states, const std::string& name, const Reference& release);

/// Keys below `archive/<version>/` that were stored for this name: their metadata says so. Those that are
/// `known` already are not looked at.
std::vector<std::string> archived_for(const StateStore& states, const std::string& name,
                                      const std::string& version, std::size_t workers,
                                      const std::set<std::string>& known = {});

/// Keys of all bytes of a version: those that its manifest has, and what pushes of it that died have left.
std::vector<std::string> bytes_of(const StateStore& states, const Manifest& manifest, std::size_t workers);

}  // namespace wheelyard::release
