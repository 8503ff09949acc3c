#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// A bucket that another program wrote by s3p's rules: `<rank>/<name>`, a file each, its version in
/// `x-amz-meta-version`. What is found becomes the beginning of the name's history, an `adopt` entry for each
/// rank, all of them in one swap. None where no rank holds such a file, or the file name belongs to another
/// release.
///
/// Versions: as the object says; `sha256-` and 16 digits where it says none; with `-` and 12 digits of the
/// SHA-256 behind it where another rank's bytes bear that version already. Bytes are read and digested, and
/// kept where nobody writes over them (foreign.hpp). Versions that lie in `archive/` only are left alone: no
/// rank is known to have held them, so none can go back to them.
///
/// Whoever adopts at the same time comes to the same state: the first one's plan is written down, and what a
/// crash leaves of it is carried out by the next.
std::optional<StoredState> adopt(const StateStore& states, const PipelineRules& rules,
                                 const PipelineOptions& options, const std::string& name);

/// What `adopt` would find, as well as a look at the objects tells: nothing is read or written. The releases
/// have no digests, and where the object names no version, "" is theirs.
std::optional<PipelineState> look_at_legacy(const StateStore& states, const PipelineRules& rules,
                                            const std::string& name, std::size_t workers = 16);

/// The names that `look_at_legacy` may find something of, in byte order: files of the ranks that are
/// nobody's. A listing of every rank.
std::vector<std::string> legacy_names(const StateStore& states, const PipelineRules& rules);

/// Where another program has put another file over the first rank's key of a name that has a state, as an old
/// job with the released s3p does: takes it over as an `adopt` entry. None where there is nothing of the
/// kind, or somebody lays out that very key.
std::optional<StoredState> adopt_change(const StateStore& states, const PipelineRules& rules,
                                        const PipelineOptions& options, const std::string& name);

}  // namespace wheelyard::release
