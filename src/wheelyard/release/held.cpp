#include "wheelyard/release/held.hpp"

#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

std::map<std::string, HeldRelease> held_releases(Pipeline& pipeline, const std::string& name) {
  std::map<std::string, HeldRelease> held;
  if (!pipeline.status(name)) return held;  // what another program left is taken over with it
  const StateStore states(pipeline.store(), Layout(pipeline.prefix()));
  const auto stored = states.get(name);
  for (const auto& [rank, state] : stored.state.ranks) {
    if (!state.current) continue;
    auto manifest = states.release(stored.state, state.current->release).manifest;
    for (auto& file : manifest.files) file.key = states.bytes_key(manifest, file);
    held.emplace(rank, HeldRelease{.standing = *state.current, .manifest = std::move(manifest)});
  }
  return held;
}

store::ObjectInfo bytes_info(Pipeline& pipeline, const HeldRelease& release) {
  return pipeline.store().head(release.manifest.files.at(0).key);
}

}  // namespace wheelyard::release
