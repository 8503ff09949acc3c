#include "wheelyard/release/state_store.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/refused.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::release {

std::optional<StoredState> StateStore::find(const std::string& name) const {
  const auto key = layout_.state(name);
  auto object = store::find_bytes(store_, key, most_document_bytes);
  if (!object) return std::nullopt;
  const auto what = store_.describe(key);
  StoredState stored{state_from_json(object->bytes, what), object->info.etag};
  if (stored.state.name != name) {
    throw Error(ErrorCode::corrupted, "read", what,
                "it is the state of another release, '" + stored.state.name + "'",
                "'wheelyard release verify' says what can be done");
  }
  return stored;
}

bool StateStore::has_history(const std::string& name) const {
  return store::any_below(store_, layout_.history(name));
}

StoredState StateStore::beside_history(const std::string& name) const {
  if (auto stored = find(name)) return std::move(*stored);
  throw Error(ErrorCode::corrupted, "read", store_.describe(layout_.state(name)),
              "it is missing, though there is a history",
              hint_command("verify", name, "--repair") + " makes it anew from the history");
}

StoredState StateStore::get(const std::string& name) const {
  auto stored = find(name);
  if (stored && stored->state.is_begun()) return std::move(*stored);
  throw_unknown(name);
}

StoredState StateStore::reread(const std::string& name) const {
  auto stored = find(name);
  if (stored) return std::move(*stored);
  throw_unknown(name);
}

void StateStore::throw_unknown(const std::string& name) const {
  throw Refused(Refusal::unknown_release, "find", "the release '" + name + "'",
                "nothing of that name has been pushed to " + store_.describe(layout_.prefix()),
                "'wheelyard release status' shows all names; 'wheelyard release push' begins one");
}

bool StateStore::swap(StoredState& stored) const {
  auto mode = stored.etag ? store::PutMode::update(*stored.etag) : store::PutMode::create();
  ++stored.state.swaps;
  try {
    stored.etag = put_document(layout_.state(stored.state.name), to_json(stored.state), std::move(mode)).etag;
    return true;
  } catch (const Error& error) {
    if (store::is_lost_race(error)) return false;
    throw;
  }
}

void StateStore::record(const PipelineState& state) const {
  if (state.recorded >= state.seq) return;
  const auto key = layout_.entry(state.name, state.seq);
  try {
    put_document(key, state.last_entry, store::PutMode::create());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_exists) throw;
    // Somebody who helped wrote the same; anything else was not written by us.
    if (store::get_bytes(store_, key, most_document_bytes).bytes == state.last_entry) return;
    throw Error(ErrorCode::corrupted, "write", store_.describe(key), "another entry stands there",
                hint_command("verify", state.name) + " shows where the history is broken");
  }
}

std::string StateStore::entry_text(const PipelineState& state, std::uint64_t seq) const {
  if (seq == state.seq) return state.last_entry;
  const auto key = layout_.entry(state.name, seq);
  auto object = store::find_bytes(store_, key, most_document_bytes);
  if (object) return std::move(object->bytes);
  throw Error(ErrorCode::corrupted, "read", store_.describe(key), "the entry is missing from the history",
              hint_command("verify", state.name) + " shows what else is wrong");
}

void StateStore::walk_back(const PipelineState& state, const std::function<bool(const Entry&)>& visit) const {
  std::string wanted;  // the digest that the entry after has named
  std::uint64_t batch = 1;
  for (std::uint64_t next = state.seq; next > 0;) {
    const auto count = static_cast<std::size_t>(std::min(next, batch));
    std::vector<std::string> texts(count);
    parallel_for(count, 16, [&](std::size_t i) { texts[i] = entry_text(state, next - i); });
    for (std::size_t i = 0; i < count; ++i, --next) {
      const auto what = store_.describe(layout_.entry(state.name, next));
      const auto entry = entry_from_json(texts[i], what);
      if (entry.seq != next || (next != state.seq && sha256_hex(texts[i]) != wanted)) {
        throw Error(ErrorCode::corrupted, "read", what, "it is not the entry that the one after it names",
                    hint_command("verify", state.name) + " shows what was changed");
      }
      wanted = entry.previous;
      if (!visit(entry)) return;
    }
    batch = std::min<std::uint64_t>(batch * 4, 256);
  }
}

std::optional<VersionDocument> StateStore::find_version(const std::string& name, const std::string& version,
                                                        std::string* etag) const {
  const auto key = layout_.version(name, version);
  auto object = store::find_bytes(store_, key, most_document_bytes);
  if (!object) return std::nullopt;
  auto document = version_from_json(object->bytes, store_.describe(key));
  if (document.manifest.name != name || document.manifest.version != version) {
    throw Error(ErrorCode::corrupted, "read", store_.describe(key), "it is of another release",
                hint_command("verify", name) + " says what can be done");
  }
  if (etag != nullptr) *etag = object->info.etag;
  return document;
}

VersionDocument StateStore::release(const PipelineState& state, const Reference& wanted) const {
  const auto key = layout_.version(state.name, wanted.version);
  std::optional<VersionDocument> document;
  for (const auto& [name, rank] : state.ranks) {
    if (rank.current && rank.current->release == wanted && !rank.document.empty())
      document = version_from_json(rank.document, store_.describe(layout_.state(state.name)));
  }
  if (!document) document = find_version(state.name, wanted.version);
  if (document && document->manifest.digest() == wanted.digest) {
    if (!document->pruned) return std::move(*document);
    throw Refused(Refusal::pruned, "use", state.name + " " + wanted.version,
                  "its bytes were given up by 'wheelyard release prune'", "push it under another version");
  }
  throw Error(ErrorCode::corrupted, "read", store_.describe(key),
              document ? "it has another digest than the history names" : "it is missing",
              hint_command("verify", state.name, "--deep") + " says what can be done");
}

std::optional<VersionDocument> StateStore::held(const PipelineState& state, const std::string& rank) const {
  const auto* standing = state.standing(rank);
  if (standing == nullptr) return std::nullopt;
  return release(state, standing->release);
}

void check_document_size(std::uint64_t size, const std::string& what) {
  if (size <= most_document_bytes) return;
  throw Error(ErrorCode::invalid_argument, "write", what,
              "it would have " + std::to_string(size) + " bytes, and " + std::to_string(most_document_bytes) +
                  " are the most that are read again",
              "a release of very many files goes better as one archive");
}

store::PutResult StateStore::put_document(const std::string& key, std::string text,
                                          store::PutMode mode) const {
  check_document_size(text.size(), store_.describe(key));
  store::PutOptions options;
  options.mode = std::move(mode);
  options.content_type = "application/json";
  options.cache_control = "no-cache";
  return store_.put(key, bytes_source(std::move(text)), options);
}

VersionDocument StateStore::release_to_bring_back(const PipelineState& state, const Reference& wanted) const {
  const bool is_going = std::ranges::any_of(state.intents, [&](const Intent& intent) {
    return intent.kind == Intent::Kind::prune && intent.release.version == wanted.version;
  });
  if (!is_going) return release(state, wanted);
  throw Refused(Refusal::pruned, "use", state.name + " " + wanted.version,
                "its bytes are being given up by a prune", "push them under another version");
}

std::vector<std::string> StateStore::names() const {
  store::ListOptions options;
  options.prefix = layout_.names();
  options.delimiter = "/";
  const auto lister = store_.list(options);
  std::vector<std::string> names;
  while (const auto page = lister->next()) {
    for (const auto& prefix : page->prefixes)
      names.push_back(prefix.substr(options.prefix.size(), prefix.size() - options.prefix.size() - 1));
  }
  return names;
}

std::string StateStore::bytes_key(const Manifest& manifest, const ReleaseFile& file) const {
  return file.key.empty() ? layout_.archived(manifest.version, file.name) : layout_.prefix() + file.key;
}

}  // namespace wheelyard::release
