#include "wheelyard/release/leftover_check.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/archiver.hpp"
#include "wheelyard/release/file_claims.hpp"
#include "wheelyard/release/past.hpp"
#include "wheelyard/release/prune.hpp"

namespace wheelyard::release {

namespace {

std::string file_of(const store::ObjectInfo& object) {
  return object.key.substr(object.key.rfind('/') + 1);
}

/// A claim that cannot be read is told of by the check of the keys; here it tells nothing.
struct Claim {
  std::optional<std::string> owner;
  bool is_readable = true;
};
Claim find_claim(const StateStore& states, const std::string& file) {
  try {
    return {.owner = file_owner(states, file)};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) throw;
    return {.owner = {}, .is_readable = false};
  }
}

}  // namespace

void LeftoverCheck::run(const std::map<std::string, std::set<std::string>>& unheld, bool all) {
  auto strays = look_through_archive(unheld, all);
  for (const auto& [name, versions] : unheld) judge(name, strays[name], versions);
}

LeftoverCheck::Strays LeftoverCheck::look_through_archive(
    const std::map<std::string, std::set<std::string>>& unheld, bool all) {
  Strays strays;
  store::ListOptions options;
  options.prefix = states_.layout().prefix() + "archive/";
  const auto lister = states_.store().list(options);
  while (auto page = lister->next()) {
    std::erase_if(page->objects,
                  [&](const store::ObjectInfo& object) { return seen_.keys.contains(object.key); });
    if (!all) drop_others(page->objects, unheld);
    look_at(page->objects, unheld, strays);
  }
  for (const auto& [name, versions] : unheld) {
    const auto prefix = states_.layout().pushed(name);
    for (auto& object : store::list_all(states_.store(), prefix)) {
      if (seen_.keys.contains(object.key)) continue;
      const auto version =
          object.key.substr(prefix.size(), object.key.find('/', prefix.size()) - prefix.size());
      strays[name][version].push_back(std::move(object.key));
    }
  }
  return strays;
}

void LeftoverCheck::drop_others(std::vector<store::ObjectInfo>& objects,
                                const std::map<std::string, std::set<std::string>>& names) {
  const auto is_known = [&](const std::string& file) {
    return seen_.files.contains(file) || names.contains(file) || claimed_.contains(file);
  };
  std::set<std::string> unknown;
  for (const auto& object : objects) {
    const auto file = file_of(object);
    if (!is_known(file) && !not_claimed_.contains(file)) unknown.insert(file);
  }
  const std::vector<std::string> asked(unknown.begin(), unknown.end());
  parallel_for(asked.size(), options_.workers, [&](std::size_t i) {
    // A push claims its files' names before it stores their bytes.
    const auto claim = find_claim(states_, asked[i]);
    const bool may_be_ours = !claim.is_readable || (claim.owner && names.contains(*claim.owner));
    (may_be_ours ? claimed_ : not_claimed_).add(asked[i]);
  });
  std::erase_if(objects, [&](const store::ObjectInfo& object) { return !is_known(file_of(object)); });
}

void LeftoverCheck::look_at(const std::vector<store::ObjectInfo>& objects,
                            const std::map<std::string, std::set<std::string>>& names, Strays& strays) const {
  const auto begin = states_.layout().prefix().size() + std::string_view("archive/").size();
  std::mutex mutex;
  parallel_for(objects.size(), options_.workers, [&](std::size_t i) {
    const auto& key = objects[i].key;
    const auto slash = key.find('/', begin);
    if (slash == std::string::npos) return;
    const auto info = store::find_info(states_.store(), key);
    if (!info) return;
    const auto version = key.substr(begin, slash - begin);
    const auto name = owner_of(*info, version, key.substr(slash + 1));
    if (!names.contains(name)) return;
    const std::lock_guard lock(mutex);
    strays[name][version].push_back(key);
  });
}

/// For whom it was stored; "" where that is nobody whom we know.
std::string LeftoverCheck::owner_of(const store::ObjectInfo& info, const std::string& version,
                                    const std::string& file) const {
  if (states_.store().keeps_metadata()) {
    const auto release = info.metadata.find("release");
    return release == info.metadata.end() ? "" : release->second;
  }
  const auto owner = find_claim(states_, file).owner;
  return owner && is_stored_for(states_, info, *owner, version, file) ? *owner : "";
}

/// What was listed may have been deleted since.
bool LeftoverCheck::is_there(const std::string& name, const std::string& version,
                             const std::map<std::string, std::vector<std::string>>& strays) const {
  if (store::find_info(states_.store(), states_.layout().version(name, version))) return true;
  const auto found = strays.find(version);
  return found != strays.end() && std::ranges::any_of(found->second, [&](const std::string& key) {
           return store::find_info(states_.store(), key).has_value();
         });
}

void LeftoverCheck::judge(const std::string& name,
                          const std::map<std::string, std::vector<std::string>>& strays,
                          std::set<std::string> versions) {
  for (const auto& [version, keys] : strays) versions.insert(version);
  if (versions.empty()) return;
  // As it is now: what is being pushed, or has come into a rank meanwhile, is none.
  const auto stored = states_.find(name);
  if (!stored) return;
  Past past;
  try {
    past.catch_up(states_, stored->state);
  } catch (const Error& error) {
    // Without a whole history nobody can tell what no rank has held.
    if (error.code() == ErrorCode::corrupted) return;
    throw;
  }
  for (const auto& version : versions) {
    const bool is_named = std::ranges::any_of(
        stored->state.intents, [&](const Intent& intent) { return intent.release.version == version; });
    if (is_named) continue;
    const auto held = past.releases().find(version);
    Problem problem{
        .kind = "leftover",
        .name = name,
        .item = version,
        .detail = "a push of that version ended before any rank held it; its bytes are still there",
        .action = "delete them"};
    if (held == past.releases().end()) {
      if (!is_there(name, version, strays)) continue;
      findings_.add(std::move(problem), [&] {
        return std::string(remove_leftovers(states_, options_, name, version)
                               ? ""
                               : "left alone: somebody pushes that version now");
      });
      continue;
    }
    const auto found = strays.find(version);
    if (found == strays.end()) continue;
    // The version is settled: nobody stores other files under it any more.
    std::optional<VersionDocument> document;
    try {
      document = states_.find_version(name, version);
    } catch (const Error& error) {
      // Told of by the check of the versions.
      if (error.code() == ErrorCode::corrupted) continue;
      throw;
    }
    // Only a document that is right and agrees with the history says what is too much.
    const bool is_right = document && document->manifest.digest() == held->second.reference.digest &&
                          document->pruned == held->second.pruned;
    if (!is_right) continue;
    std::vector<std::string> extra;
    for (const auto& key : found->second) {
      const bool is_its_own = std::ranges::any_of(document->manifest.files, [&](const ReleaseFile& file) {
        return states_.bytes_key(document->manifest, file) == key;
      });
      if (document->pruned || !is_its_own) extra.push_back(key);
    }
    std::erase_if(extra, [&](const std::string& key) { return !store::find_info(states_.store(), key); });
    if (extra.empty()) continue;
    problem.detail = "bytes that its manifest does not have lie in the archive";
    findings_.add(std::move(problem), [&] {
      states_.store().remove_many(extra);
      return "";
    });
  }
}

}  // namespace wheelyard::release
