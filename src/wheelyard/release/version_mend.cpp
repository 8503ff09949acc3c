#include <algorithm>
#include <utility>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/foreign.hpp"
#include "wheelyard/release/version_check.hpp"
#include "wheelyard/release/version_documents.hpp"
#include "wheelyard/store/swap_rounds.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

std::string VersionCheck::restore_document(const Reference& release, const std::string& etag) const {
  std::optional<VersionDocument> document;
  std::string origin = "made anew from what the state holds of it";
  for (const auto& [rank, held] : state_.ranks) {
    if (document || !held.current || held.current->release != release || held.document.empty()) continue;
    document = version_from_json(held.document, states_.store().describe(states_.layout().state(name_)));
    if (document->manifest.digest() != release.digest || document->pruned) document.reset();
  }
  if (!document) {
    document = rebuild_document(release);
    origin = "made anew from the archived bytes, which have the digest that the history names";
  }
  if (!document) {
    throw Error(ErrorCode::corrupted, "make anew",
                states_.store().describe(states_.layout().version(name_, release.version)),
                "no bytes with the digest " + release.digest + " lie in the archive",
                "push the same bytes again under another version");
  }
  write_version(states_, *document, etag.empty() ? store::PutMode::create() : store::PutMode::update(etag));
  return origin;
}

/// The manifest that the archived bytes make, where it is the one that is wanted.
std::optional<VersionDocument> VersionCheck::rebuild_document(const Reference& release) const {
  const auto prefix = states_.layout().archived(release.version, "");
  const auto ours = archived_for(states_, name_, release.version, options_.workers);
  std::vector<std::string> all;
  for (const auto& object : store::list_all(states_.store(), prefix)) all.push_back(object.key);
  // A file of another release may lie there too; a file that another program put bears no release's name.
  for (const auto& keys : {ours, all}) {
    VersionDocument document{{name_, release.version, {}}, false};
    for (const auto& key : keys) {
      auto digest = transfer::digest_object(states_.store(), key);
      document.manifest.files.push_back({.name = key.substr(prefix.size()),
                                         .size = digest.size,
                                         .sha256 = std::move(digest.sha256),
                                         .etag = std::move(digest.etag),
                                         .key = {}});
    }
    std::ranges::sort(document.manifest.files, {}, &ReleaseFile::name);
    if (document.manifest.digest() == release.digest) return document;
  }
  return std::nullopt;
}

std::string VersionCheck::restore_bytes(const VersionDocument& document, const ReleaseFile& file) const {
  for (const auto& [rank, held] : state_.ranks) {
    const auto key = states_.layout().rank_file(rank, file.name);
    const auto info = store::find_info(states_.store(), key);
    if (!info || info->size != file.size) continue;
    if (transfer::digest_object(states_.store(), key).sha256 != file.sha256) continue;
    const auto kept = keep_foreign_file(states_, name_, key, file.name, document.manifest.version);
    if (!kept || kept->file.sha256 != file.sha256) continue;
    write_kept(document, kept->file);
    return "copied from " + states_.store().describe(key);
  }
  throw Error(ErrorCode::corrupted, "find", "the bytes of " + file.name + " " + document.manifest.version,
              "no rank shows them any more",
              "bring them back from a backup, or roll the ranks that hold them back");
}

/// Where a file's bytes are now, in the version's document and in the states that carry it.
void VersionCheck::write_kept(const VersionDocument& document, const ReleaseFile& kept) const {
  VersionDocument fresh;
  for (int round = 0;; ++round) {
    if (round == store::max_rounds)
      store::give_up(states_.store().describe(states_.layout().version(name_, document.manifest.version)));
    store::wait_before_round(round);
    std::string etag;
    auto there = states_.find_version(name_, document.manifest.version, &etag);
    if (!there) return;
    fresh = std::move(*there);
    const auto file = std::ranges::find(fresh.manifest.files, kept.name, &ReleaseFile::name);
    if (file == fresh.manifest.files.end() || file->sha256 != kept.sha256) return;
    if (*file == kept) break;
    *file = kept;
    try {
      write_version(states_, fresh, store::PutMode::update(etag));
      break;
    } catch (const Error& error) {
      if (!store::is_lost_race(error)) throw;
    }
  }
  const auto text = to_json(fresh);
  edit_state(states_, name_, std::nullopt, [&](PipelineState& state) {
    bool changed = false;
    for (auto& [rank, held] : state.ranks) {
      if (!held.current || held.current->release.version != fresh.manifest.version) continue;
      if (held.document.empty() || held.document == text) continue;
      held.document = text.size() <= inline_limit ? text : std::string();
      changed = true;
    }
    return Change{.changed = changed, .entry = {}, .then = {}};
  });
}

}  // namespace wheelyard::release
