#include "wheelyard/release/key_check.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/file_claims.hpp"
#include "wheelyard/release/foreign.hpp"
#include "wheelyard/release/intents.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

namespace {

std::string member(const store::ObjectInfo& info, const std::string& name) {
  const auto found = info.metadata.find(name);
  return found == info.metadata.end() ? "" : found->second;
}

/// What is wrong with one key.
struct Wrong {
  std::string file;
  std::string kind;
  std::string detail;
};

}  // namespace

bool is_being_laid_out(const PipelineState& state, const std::string& rank, const PipelineOptions& options) {
  return std::ranges::any_of(state.intents, [&](const Intent& intent) {
    return is_lay_out(intent, rank) && is_open(state, intent, options);
  });
}

void KeyCheck::run(const PipelineState& state) {
  for (const auto& [rank, held] : state.ranks) check_rank(state, rank);
}

bool KeyCheck::is_quiet(const PipelineState& state, const std::string& rank) const {
  const auto latest = states_.find(state.name);
  if (!latest || is_being_laid_out(latest->state, rank, options_)) return false;
  const auto* then = state.standing(rank);
  const auto* now = latest->state.standing(rank);
  if (then == nullptr || now == nullptr) return then == now;
  return then->seq == now->seq;
}

void KeyCheck::check_rank(const PipelineState& state, const std::string& rank) {
  if (is_being_laid_out(state, rank, options_)) return;
  std::optional<VersionDocument> document;
  try {
    document = states_.held(state, rank);
  } catch (const Error& error) {
    // The version's own check tells of it.
    if (error.code() == ErrorCode::corrupted || error.code() == ErrorCode::not_found) return;
    throw;
  }
  if (document) check_claims(state.name, document->manifest);
  const auto* manifest = document ? &document->manifest : nullptr;
  const auto count = manifest == nullptr ? 0 : manifest->files.size();
  const auto stale = stale_candidates(state, rank, manifest);
  const std::vector<std::string> candidates(stale.begin(), stale.end());
  std::vector<Wrong> found(count + candidates.size());
  const auto look = [&](std::size_t i) {
    auto& wrong = found[i];
    wrong.file = i < count ? manifest->files[i].name : candidates[i - count];
    const auto key = states_.layout().rank_file(rank, wrong.file);
    if (i < count) {
      wrong.kind = judge(*manifest, manifest->files[i], key, wrong.detail);
    } else if (is_stale(state.name, key)) {
      wrong.kind = "key_stale";
      wrong.detail = rank + " does not hold a file of that name";
    } else {
      wrong.kind.clear();
    }
  };
  parallel_for(found.size(), options_.workers, look);
  std::erase_if(found, [](const Wrong& wrong) { return wrong.kind.empty(); });
  if (found.empty() || !is_quiet(state, rank)) return;
  std::set<std::string> files;
  for (const auto& wrong : found) files.insert(wrong.file);
  std::optional<std::string> done;
  for (const auto& wrong : found) {
    findings_.add({.kind = wrong.kind,
                   .name = state.name,
                   .item = states_.store().describe(states_.layout().rank_file(rank, wrong.file)),
                   .detail = wrong.detail,
                   .action = "lay the keys of " + rank + " out again"},
                  [&] {
                    if (!done) done = lay_out(state.name, rank, files);
                    return *done;
                  });
  }
}

std::string KeyCheck::judge(const Manifest& manifest, const ReleaseFile& file, const std::string& key,
                            std::string& detail) {
  const auto info = store::find_info(states_.store(), key);
  if (!info) {
    detail = "it is not there; version " + manifest.version + " should be";
    return "key_missing";
  }
  const auto version = member(*info, "version");
  const auto release = member(*info, "release");
  const bool is_ours = release == manifest.name;
  const bool is_named = may_show_version(*info, manifest.version);
  const auto shown =
      version.empty() ? std::string("a file without a version") : "version " + printable(version, 200);
  if (!is_named || (!release.empty() && !is_ours)) {
    detail = is_ours ? "it shows " + shown + ", and the rank holds " + manifest.version
                     : "another program wrote " + shown + " there, and the rank holds " + manifest.version;
    return "key_differs";
  }
  bool same = info->size == file.size;
  const bool is_told = is_ours && member(*info, "sha256") == file.sha256;
  if (same && (findings_.deep() || (!is_told && info->etag != file.etag))) {
    const auto digest = transfer::digest_object(states_.store(), key);
    findings_.count_bytes(digest.size);
    same = digest.sha256 == file.sha256;
  }
  if (same) return "";
  detail = (is_ours ? "its bytes are not those of version "
                    : "something else wrote there: it has other bytes than version ") +
           manifest.version;
  return "key_differs";
}

std::set<std::string> KeyCheck::stale_candidates(const PipelineState& state, const std::string& rank,
                                                 const Manifest* manifest) const {
  std::set<std::string> names;
  const auto add = [&](const std::string& version) {
    const auto found = files_.find(version);
    if (found != files_.end()) names.insert(found->second.begin(), found->second.end());
  };
  const auto& held = state.ranks.at(rank);
  for (const auto& standing : held.earlier) add(standing.release.version);
  for (const auto& laid : held.laid_out) {
    names.insert(laid.files.begin(), laid.files.end());
    add(laid.version);
  }
  if (manifest != nullptr) {
    for (const auto& file : manifest->files) names.erase(file.name);
  }
  return names;
}

bool KeyCheck::is_stale(const std::string& name, const std::string& key) const {
  const auto info = store::find_info(states_.store(), key);
  return info && !is_of_other_release(*info, name);
}

void KeyCheck::keep_bytes(const std::string& name, const std::string& rank, const std::string& file) const {
  const auto key = states_.layout().rank_file(rank, file);
  const auto info = store::find_info(states_.store(), key);
  if (!info) return;
  // What we copied there ourselves lies in the archive.
  if (member(*info, "release") == name && !member(*info, "version").empty()) {
    const auto document = states_.find_version(name, member(*info, "version"));
    const auto* known = document ? document->manifest.find(file) : nullptr;
    if (known != nullptr && known->sha256 == member(*info, "sha256") && known->size == info->size) {
      if (transfer::digest_object(states_.store(), key).sha256 == known->sha256) return;
    }
  }
  keep_foreign_file(states_, name, key, file);
}

std::string KeyCheck::lay_out(const std::string& name, const std::string& rank,
                              const std::set<std::string>& files) {
  const std::vector<std::string> all(files.begin(), files.end());
  parallel_for(all.size(), options_.workers, [&](std::size_t i) { keep_bytes(name, rank, all[i]); });
  std::string id;
  std::optional<VersionDocument> document;
  auto edited = edit_state(states_, name, std::nullopt, [&](PipelineState& state) {
    auto& held = state.ranks[rank];
    document = states_.held(state, rank);
    // Files of earlier releases that nobody thought to be there any more.
    for (const auto& standing : held.earlier) {
      const auto names = files_.find(standing.release.version);
      if (names == files_.end()) continue;
      const auto is_concerned = [&](const std::string& file) { return files.contains(file); };
      const bool is_known = std::ranges::any_of(
          held.laid_out, [&](const LaidOut& laid) { return laid.version == standing.release.version; });
      if (is_known || std::ranges::none_of(names->second, is_concerned)) continue;
      LaidOut laid{standing.release.version, {}};
      if (names->second.size() <= most_names_inline) laid.files = names->second;
      held.laid_out.push_back(std::move(laid));
    }
    id = add_lay_out(state, rank, document, options_);
    return Change{.changed = true, .entry = {}, .then = {}};
  });
  LayOut(states_, options_).help(std::move(edited.stored), rank, id, document);
  return "the keys of " + rank + " were laid out again; bytes that were not its own are kept";
}

void KeyCheck::check_claims(const std::string& name, const Manifest& manifest) {
  std::vector<std::optional<std::string>> owners(manifest.files.size());
  parallel_for(owners.size(), options_.workers, [&](std::size_t i) {
    try {
      owners[i] = file_owner(states_, manifest.files[i].name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted) throw;
      owners[i] = "";
    }
  });
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (owners[i] && *owners[i] == name) continue;
    const auto item = states_.store().describe(states_.layout().file_claim(manifest.files[i].name));
    if (owners[i]) {
      findings_.add_lasting(
          {.kind = "claim_differs",
           .name = name,
           .item = item,
           .detail = owners[i]->empty()
                         ? "what says whose file name it is cannot be read"
                         : "the file name is said to belong to '" + printable(*owners[i], 200) + "'",
           .action = owners[i]->empty() ? "delete it, and run verify --repair, which writes it anew"
                                        : "both would lie at the same keys: push one of them under another "
                                          "file name"});
      continue;
    }
    findings_.add({.kind = "claim_missing",
                   .name = name,
                   .item = item,
                   .detail = "nothing keeps another release from using the file name",
                   .action = "claim it"},
                  [&] {
                    Manifest one{manifest.name, manifest.version, {manifest.files[i]}};
                    claim_files(states_, PipelineState{}, one, 1);
                    return "";
                  });
  }
}

}  // namespace wheelyard::release
