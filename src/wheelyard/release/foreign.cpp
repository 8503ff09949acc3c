#include "wheelyard/release/foreign.hpp"

#include <utility>

#include "wheelyard/release/version_documents.hpp"
#include "wheelyard/store/swap_rounds.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

namespace {

/// What lies at a key, with the digest of exactly that.
struct Found {
  store::ObjectInfo info;
  transfer::ObjectDigest digest;
};

std::optional<Found> look_at(store::ObjectStore& store, const std::string& key) {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto info = store::find_info(store, key);
    if (!info) return std::nullopt;
    try {
      auto digest = transfer::digest_object(store, key);
      if (digest.etag == info->etag) return Found{std::move(*info), std::move(digest)};
    } catch (const Error& error) {
      // Whoever writes there is quick: what was read is no longer what was looked at.
      if (!store::is_absence(error) && !store::is_lost_race(error)) throw;
    }
  }
  store::give_up(store.describe(key));
}

bool has_bytes(store::ObjectStore& store, const store::ObjectInfo& there, const Found& wanted) {
  return there.size == wanted.digest.size &&
         transfer::digest_object(store, there.key).sha256 == wanted.digest.sha256;
}

/// Copies what was looked at; none where it has changed since.
std::optional<std::string> copy(store::ObjectStore& store, const std::string& from, const std::string& to,
                                const Found& found, const std::string& version) {
  store::CopyOptions options;
  options.if_match = found.info.etag;
  options.replace = store.attributes_of(found.info);
  options.replace->metadata["version"] = version;
  options.replace->metadata["sha256"] = found.digest.sha256;
  try {
    auto etag = store.copy(from, to, options).etag;
    const auto there = store::find_info(store, to);
    if (there && there->size == found.digest.size && there->etag == etag) return etag;
  } catch (const Error& error) {
    if (!store::is_lost_race(error) && !store::is_absence(error)) throw;
  }
  return std::nullopt;
}

/// Puts what was found under a version; none where it changed meanwhile.
std::optional<ReleaseFile> keep(const StateStore& states, const std::string& name, const std::string& key,
                                const std::string& file, const Found& found, const std::string& version) {
  auto& store = states.store();
  ReleaseFile kept{
      .name = file, .size = found.digest.size, .sha256 = found.digest.sha256, .etag = {}, .key = {}};
  const auto archived = states.layout().archived(version, file);
  const auto at_private = states.layout().kept(name, version, found.digest.sha256, file);
  for (const auto& target : {archived, at_private}) {
    if (target == at_private) kept.key = target.substr(states.layout().prefix().size());
    const auto there = store::find_info(store, target);
    if (there && has_bytes(store, *there, found)) {
      kept.etag = there->etag;
      return kept;
    }
    if (there && target == archived) continue;
    const auto etag = copy(store, key, target, found, version);
    if (!etag) return std::nullopt;
    kept.etag = *etag;
    return kept;
  }
  return std::nullopt;
}

std::string version_of(const Found& found) {
  const auto given = foreign_version(found.info);
  return given.empty() ? "sha256-" + found.digest.sha256.substr(0, 16) : given;
}

/// What a version begins with that these bytes were given because `version` stands for others.
std::string base_beside(const std::string& version) {
  return version.substr(0, 180) + "-";  // as long as a version may be, with what is added
}

/// The name under which these bytes are a version: the first that is free or stands for them.
std::string free_version(const StateStore& states, const std::string& name, const Found& found,
                         std::optional<VersionDocument>& document) {
  const auto wanted = version_of(found);
  const auto base = base_beside(wanted) + found.digest.sha256.substr(0, 12);
  for (int i = 0; i < store::max_rounds; ++i) {
    const auto version = i == 0 ? wanted : i == 1 ? base : base + "-" + std::to_string(i);
    document = states.find_version(name, version);
    if (!document) return version;
    const auto& files = document->manifest.files;
    if (!document->pruned && files.size() == 1 && files.front().name == name &&
        files.front().sha256 == found.digest.sha256)
      return version;
  }
  store::give_up(states.store().describe(states.layout().version(name, wanted)));
}

}  // namespace

std::string foreign_version(const store::ObjectInfo& info) {
  const auto found = info.metadata.find("version");
  if (found == info.metadata.end()) return {};
  try {
    check_version(found->second);
    return found->second;
  } catch (const Error&) {
    return {};
  }
}

bool may_show_version(const store::ObjectInfo& info, const std::string& version) {
  const auto shown = foreign_version(info);
  return shown.empty() || shown == version || version.starts_with(base_beside(shown));
}

bool is_of_other_release(const store::ObjectInfo& info, const std::string& name) {
  const auto found = info.metadata.find("release");
  return found != info.metadata.end() && found->second != name;
}

std::optional<KeptFile> keep_foreign_file(const StateStore& states, const std::string& name,
                                          const std::string& key, const std::string& file,
                                          const std::string& wanted) {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto found = look_at(states.store(), key);
    if (!found) return std::nullopt;
    auto version = wanted.empty() ? version_of(*found) : wanted;
    auto kept = keep(states, name, key, file, *found, version);
    if (kept) return KeptFile{std::move(*kept), std::move(version), std::move(found->info)};
  }
  store::give_up(states.store().describe(key));
}

std::optional<KeptRelease> keep_foreign_release(const StateStore& states, const std::string& name,
                                                const std::string& rank) {
  const auto key = states.layout().rank_file(rank, name);
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto found = look_at(states.store(), key);
    if (!found || is_of_other_release(found->info, name)) return std::nullopt;
    std::optional<VersionDocument> document;
    const auto version = free_version(states, name, *found, document);
    if (document) return KeptRelease{std::move(*document), std::move(found->info)};
    const auto kept = keep(states, name, key, name, *found, version);
    if (!kept) continue;
    document = VersionDocument{{name, version, {*kept}}, false};
    try {
      write_version(states, *document, store::PutMode::create());
      return KeptRelease{std::move(*document), std::move(found->info)};
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
  }
  store::give_up(states.store().describe(key));
}

}  // namespace wheelyard::release
