#include "wheelyard/release/version_documents.hpp"

#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/archiver.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

void write_version(const StateStore& states, const VersionDocument& document, store::PutMode mode) {
  const auto key = states.layout().version(document.manifest.name, document.manifest.version);
  states.put_document(key, to_json(document), std::move(mode));
}

VersionDocument mark_pruned(const StateStore& states, const std::string& name, const Reference& release) {
  const auto where = states.store().describe(states.layout().version(name, release.version));
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    std::string etag;
    auto document = states.find_version(name, release.version, &etag);
    if (document && document->pruned) return std::move(*document);
    const auto mode = document ? store::PutMode::update(etag) : store::PutMode::create();
    if (!document) document = VersionDocument{{name, release.version, {}}, false};
    if (!etag.empty() && document->manifest.digest() != release.digest) {
      throw Error(ErrorCode::corrupted, "prune", where, "it has another digest than the history names",
                  hint_command("verify", name) + " says what can be done");
    }
    document->pruned = true;
    try {
      write_version(states, *document, mode);
      return std::move(*document);
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
  }
  store::give_up(where);
}

std::vector<std::string> archived_for(const StateStore& states, const std::string& name,
                                      const std::string& version, std::size_t workers,
                                      const std::set<std::string>& known) {
  const auto prefix = states.layout().archived(version, "");
  auto objects = store::list_all(states.store(), prefix);
  std::erase_if(objects, [&](const store::ObjectInfo& object) { return known.contains(object.key); });
  std::vector<char> is_ours(objects.size());
  parallel_for(objects.size(), workers, [&](std::size_t i) {
    const auto info = store::find_info(states.store(), objects[i].key);
    if (!info) return;
    const auto file = objects[i].key.substr(prefix.size());
    is_ours[i] = is_stored_for(states, *info, name, version, file) ? 1 : 0;
  });
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (is_ours[i] != 0) keys.push_back(objects[i].key);
  }
  return keys;
}

std::vector<std::string> bytes_of(const StateStore& states, const Manifest& manifest, std::size_t workers) {
  std::set<std::string> keys;
  for (const auto& file : manifest.files) keys.insert(states.bytes_key(manifest, file));
  for (auto& key : archived_for(states, manifest.name, manifest.version, workers, keys))
    keys.insert(std::move(key));
  const auto own = states.layout().pushed(manifest.name, manifest.version);
  for (auto& object : store::list_all(states.store(), own)) keys.insert(std::move(object.key));
  return {keys.begin(), keys.end()};
}

}  // namespace wheelyard::release
