#include "wheelyard/release/held.hpp"

#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

namespace {

/// A file as another program left it: nobody has read its bytes yet.
Manifest legacy_manifest(const StateStore& states, const std::string& rank, const PipelineState& state) {
  ReleaseFile file;
  file.name = state.name;
  file.key = states.layout().rank_file(rank, state.name);
  const auto info = states.store().head(file.key);
  file.size = info.size;
  file.etag = info.etag;
  return {.name = state.name,
          .version = state.ranks.at(rank).current->release.version,
          .files = {std::move(file)}};
}

}  // namespace

std::map<std::string, HeldRelease> held_releases(Pipeline& pipeline, const std::string& name) {
  check_release_name(name);
  const StateStore states(pipeline.store(), Layout(pipeline.prefix()));
  const auto stored = states.find(name);
  const auto state = stored ? std::optional(stored->state) : look_at_legacy(states, pipeline.rules(), name);
  std::map<std::string, HeldRelease> held;
  if (!state) return held;
  for (const auto& [rank, each] : state->ranks) {
    if (!each.current) continue;
    HeldRelease release{.standing = *each.current, .manifest = {}};
    if (stored) {
      release.manifest = states.release(*state, each.current->release).manifest;
      for (auto& file : release.manifest.files) file.key = states.bytes_key(release.manifest, file);
    } else {
      release.manifest = legacy_manifest(states, rank, *state);
    }
    held.emplace(rank, std::move(release));
  }
  return held;
}

store::ObjectInfo bytes_info(Pipeline& pipeline, const HeldRelease& release) {
  return pipeline.store().head(release.manifest.files.at(0).key);
}

}  // namespace wheelyard::release
