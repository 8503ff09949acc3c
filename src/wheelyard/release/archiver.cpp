#include "wheelyard/release/archiver.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/checked_source.hpp"
#include "wheelyard/release/refused.hpp"
#include "wheelyard/transfer/content_type.hpp"
#include "wheelyard/transfer/transfer.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::release {

namespace {

/// What is larger goes in parts, where the store has them.
constexpr std::uint64_t largest_single_put = 64u << 20;

}  // namespace

bool is_stored_for(const StateStore& states, const store::ObjectInfo& info, const std::string& name,
                   const std::string& version, const std::string& file) {
  if (!states.store().keeps_metadata())
    return store::find_info(states.store(), states.layout().stored_mark(name, version, file)).has_value();
  const auto release = info.metadata.find("release");
  return release != info.metadata.end() && release->second == name;
}

std::map<std::string, std::string> release_metadata(const std::string& name, const std::string& version,
                                                    const ReleaseFile& file) {
  return {{"version", version}, {"release", name}, {"sha256", file.sha256}};
}

store::PutOptions Archiver::attributes(const LocalFile& file) const {
  store::PutOptions options;
  options.content_type = transfer::content_type_of(file.file.name);
  options.metadata = release_metadata(name_, version_, file.file);
  return options;
}

std::string Archiver::create(const LocalFile& file, const std::string& key, const OnBytes& on_bytes) const {
  auto options = attributes(file);
  if (file.file.size <= largest_single_put || !store_->part_limits()) {
    options.mode = store::PutMode::create();
    return store_
        ->put(key, checked_source(file_source(file.path), file.file.sha256, file.path.string()), options)
        .etag;
  }
  transfer::CopyRequest request;
  request.source.path = file.path;
  request.target.kind = transfer::Place::Kind::store;
  request.target.store = store_;
  request.target.key = key;
  request.options.put = std::move(options);
  request.options.if_absent = true;
  std::optional<transfer::ItemEvent> event;
  transfer::copy(
      request, {.on_item = [&](const transfer::ItemEvent& item) { event = item; },
                .on_progress = [&](const transfer::TransferProgress& state) { on_bytes(state.bytes_done); }});
  if (event && event->error) throw Error(*event->error);
  if (event && event->outcome == transfer::ItemEvent::Outcome::skipped) {
    throw Error(ErrorCode::already_exists, "store", store_->describe(key), "it is there already");
  }
  file.check_unchanged();
  return event ? event->etag : std::string();
}

void Archiver::mark(const LocalFile& file, const std::string& key) const {
  if (store_->keeps_metadata() || store::find_info(*store_, key)) return;
  store_->put(states_.layout().stored_mark(name_, version_, file.file.name), nullptr);
}

void Archiver::send_one(LocalFile& file, const OnBytes& on_bytes) const {
  const auto& layout = states_.layout();
  const auto key = layout.archived(version_, file.file.name);
  mark(file, key);
  try {
    file.file.etag = create(file, key, on_bytes);
    return;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_exists) throw;
  }
  if (is_there(file, key)) return;
  const auto own = layout.pushed(name_, version_, push_, file.file.name);
  file.file.etag = create(file, own, on_bytes);
  file.file.key = own.substr(layout.prefix().size());
}

bool Archiver::is_there(LocalFile& file, const std::string& key) const {
  const auto there = store::find_info(*store_, key);
  // Deleted since: what a dead push had left is being cleared away.
  if (!there) return false;
  const auto sha256 = there->metadata.find("sha256");
  const bool ours = is_stored_for(states_, *there, name_, version_, file.file.name);
  // What the metadata says of the bytes is believed where we wrote both in one request: parts are sent as
  // they are read, and a file that changed meanwhile is noticed after they are stored.
  const bool believed = ours && sha256 != there->metadata.end() && there->size <= largest_single_put;
  const auto digest = believed ? sha256->second : transfer::digest_object(*store_, key).sha256;
  if (there->size == file.file.size && digest == file.file.sha256) {
    file.file.etag = there->etag;
    return true;
  }
  if (ours) return false;
  throw Refused(Refusal::version_taken, "push", name_ + " " + version_,
                store_->describe(key) + " has other bytes, which another program or release has put there",
                "push it under another version");
}

void Archiver::send(std::vector<LocalFile>& files, std::size_t workers, const ProgressSink& progress) const {
  std::mutex mutex;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.file.size;
  const auto tell = [&](const LocalFile& file, std::uint64_t& told, std::uint64_t bytes) {
    if (!progress) return;
    const std::scoped_lock lock(mutex);
    done += bytes - told;  // less than before where an upload was begun anew: it wraps, and comes out right
    told = bytes;
    progress({.kind = ProgressEvent::Kind::advanced,
              .item = file.file.name,
              .message = {},
              .done = done,
              .total = total});
  };
  parallel_for(files.size(), workers, [&](std::size_t i) {
    std::uint64_t told = 0;
    send_one(files[i],
             [&](std::uint64_t bytes) { tell(files[i], told, std::min(bytes, files[i].file.size)); });
    tell(files[i], told, files[i].file.size);
  });
}

}  // namespace wheelyard::release
