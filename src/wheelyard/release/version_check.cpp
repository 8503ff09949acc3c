#include "wheelyard/release/version_check.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/prune.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

void NameSet::add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  hashes_.insert(std::hash<std::string>()(name));
}

bool NameSet::contains(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return hashes_.contains(std::hash<std::string>()(name));
}

std::vector<std::string> VersionCheck::versions() const {
  std::set<std::string> versions;
  for (const auto& [version, release] : history_.releases()) versions.insert(version);
  for (const auto& [rank, held] : state_.ranks) {
    if (held.current) versions.insert(held.current->release.version);
    for (const auto& standing : held.earlier) versions.insert(standing.release.version);
  }
  store::ListOptions options;
  options.prefix = states_.layout().versions(name_);
  const auto lister = states_.store().list(options);
  while (const auto page = lister->next()) {
    for (const auto& object : page->objects) {
      auto version = object.key.substr(options.prefix.size());
      if (!version.ends_with(".json")) continue;
      version.resize(version.size() - 5);
      if (states_.layout().version(name_, version) == object.key) versions.insert(std::move(version));
    }
  }
  return {versions.begin(), versions.end()};
}

void VersionCheck::run() {
  for (const auto& [rank, held] : state_.ranks) {
    if (held.current) wanted_.insert(held.current->release.version);
    for (const auto& standing : held.earlier) wanted_.insert(standing.release.version);
    for (const auto& laid : held.laid_out) wanted_.insert(laid.version);
  }
  const auto all = versions();
  parallel_for(all.size(), options_.workers, [&](std::size_t i) { check(all[i]); });
}

void VersionCheck::follow() {
  const auto latest = states_.find(name_);
  const std::lock_guard lock(mutex_);
  if (latest) history_.follow(latest->state);
}

std::optional<HistoryCheck::Release> VersionCheck::told_of(const std::string& version) const {
  const std::lock_guard lock(mutex_);
  const auto told = history_.releases().find(version);
  if (told == history_.releases().end()) return std::nullopt;
  return told->second;
}

VersionCheck::Document VersionCheck::read(const std::string& version) const {
  Document there;
  try {
    there.document = states_.find_version(name_, version, &there.etag);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) throw;
    there.failure = error.what();
    const auto info = store::find_info(states_.store(), states_.layout().version(name_, version));
    if (info) there.etag = info->etag;
  }
  return there;
}

void VersionCheck::check(const std::string& version) {
  auto there = read(version);
  const auto told = told_of(version);
  std::optional<Reference> release;
  if (told) release = told->reference;
  // Where the history is broken, the state still tells.
  for (const auto& [rank, held] : state_.ranks) {
    if (!release && held.current && held.current->release.version == version) release = held.current->release;
    const auto earlier = std::ranges::find(held.earlier, version,
                                           [](const Standing& standing) { return standing.release.version; });
    if (!release && earlier != held.earlier.end()) release = earlier->release;
  }
  if (!release) {
    if (there.document) remember(*there.document);
    const std::lock_guard lock(mutex_);
    unheld_.insert(version);
    return;
  }
  if (told && told->pruned) {
    check_pruned(*release, there);
    return;
  }
  const bool is_right =
      there.document && there.document->manifest.digest() == release->digest && !there.document->pruned;
  if (!is_right) {
    check_document(*release, there);
    there = read(version);
    if (!there.document || there.document->pruned || there.document->manifest.digest() != release->digest)
      return;
  }
  remember(*there.document);
  findings_.count_version(there.document->manifest.files.size());
  check_bytes(*there.document);
}

void VersionCheck::remember(const VersionDocument& document) {
  std::vector<std::string> files;
  for (const auto& file : document.manifest.files) {
    seen_.keys.add(states_.bytes_key(document.manifest, file));
    seen_.files.add(file.name);
    files.push_back(file.name);
  }
  const std::lock_guard lock(mutex_);
  if (wanted_.contains(document.manifest.version)) files_[document.manifest.version] = std::move(files);
}

void VersionCheck::check_pruned(const Reference& release, const Document& there) {
  if (there.document && there.document->pruned) return;
  // Marking comes after the swap, under an intent.
  const auto latest = states_.find(name_);
  const auto is_it = [&](const Intent& intent) { return intent.release.version == release.version; };
  if (latest && std::ranges::any_of(latest->state.intents, is_it)) return;
  if (const auto again = read(release.version); again.document && again.document->pruned) return;
  findings_.add({.kind = there.etag.empty() ? "version_missing" : "version_differs",
                 .name = name_,
                 .item = release.version,
                 .detail = "it was pruned, and its document does not say so",
                 .action = "mark it, and delete what is left of its bytes"},
                [&] {
                  Intent intent;
                  intent.release = release;
                  end_prune(states_, options_, name_, intent);
                  return "";
                });
}

void VersionCheck::check_document(const Reference& release, const Document& there) {
  Problem problem{.kind = there.etag.empty() ? "version_missing" : "version_differs",
                  .name = name_,
                  .item = release.version,
                  .detail = there.failure,
                  .action = "make it anew, from the state or the archived bytes"};
  if (there.etag.empty()) {
    problem.detail = "the version has been in a rank, and its document is missing";
  } else if (there.document && there.document->pruned) {
    // A prune since the history was read is none of our business.
    follow();
    if (const auto told = told_of(release.version); told && told->pruned) return;
    problem.detail = "its document says that its bytes were given up, and the history does not";
  } else if (there.document) {
    problem.detail = "its document has the digest " + there.document->manifest.digest() +
                     ", and the history names " + release.digest;
  }
  findings_.add(std::move(problem), [&] { return restore_document(release, there.etag); });
}

void VersionCheck::check_bytes(const VersionDocument& document) {
  const auto& manifest = document.manifest;
  const auto prefix = states_.layout().archived(manifest.version, "");
  std::map<std::string, store::ObjectInfo> archived;
  const bool any_archived =
      std::ranges::any_of(manifest.files, [](const ReleaseFile& file) { return file.key.empty(); });
  if (any_archived) {
    for (auto& object : store::list_all(states_.store(), prefix)) archived.emplace(object.key, object);
  }
  for (const auto& file : manifest.files) {
    const auto key = states_.bytes_key(manifest, file);
    const auto found = archived.find(key);
    if (found != archived.end()) {
      check_file(document, file, found->second);
    } else {
      check_file(document, file, store::find_info(states_.store(), key));
    }
  }
}

bool VersionCheck::is_pruned_now(const VersionDocument& document) const {
  const auto again = states_.find_version(name_, document.manifest.version);
  return again && again->pruned;
}

void VersionCheck::check_file(const VersionDocument& document, const ReleaseFile& file,
                              const std::optional<store::ObjectInfo>& there) {
  const auto key = states_.bytes_key(document.manifest, file);
  Problem problem{.kind = "bytes_differ",
                  .name = name_,
                  .item = states_.store().describe(key),
                  .detail = {},
                  .action = "put the right bytes back, from a rank that shows them"};
  if (!there) {
    problem.kind = "bytes_missing";
    problem.detail = "the bytes of version " + document.manifest.version + " are not there";
  } else if (there->size != file.size) {
    problem.detail = "it has " + std::to_string(there->size) + " bytes, and the manifest says " +
                     std::to_string(file.size);
  } else if (findings_.deep() || there->etag != file.etag) {
    // Another ETag is no sign of other bytes: a bucket that was moved has others.
    try {
      const auto digest = transfer::digest_object(states_.store(), key);
      findings_.count_bytes(digest.size);
      if (digest.sha256 != file.sha256)
        problem.detail = "it has the SHA-256 " + digest.sha256 + ", and the manifest says " + file.sha256;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted && !store::is_absence(error)) throw;
      problem.detail = error.what();
    }
  }
  if (problem.detail.empty() || is_pruned_now(document)) return;
  findings_.add(std::move(problem), [&] { return restore_bytes(document, file); });
}

}  // namespace wheelyard::release
