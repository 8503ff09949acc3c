#include "wheelyard/transfer/upload.hpp"

#include <mutex>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;
/// Breaks in a row, without a byte between them, before a read is given up.
constexpr int resume_attempts = 5;

}  // namespace

void upload_all(store::ObjectStore& store, const std::vector<UploadItem>& items, std::size_t workers,
                const ProgressSink& progress) {
  std::mutex mutex;
  auto report = [&](ProgressEvent::Kind kind, const UploadItem& item, std::uint64_t done) {
    if (!progress) return;
    std::lock_guard lock(mutex);
    progress({.kind = kind, .item = item.key, .message = {}, .done = done, .total = item.body->size()});
  };
  parallel_for(items.size(), workers, [&](std::size_t index) {
    const UploadItem& item = items[index];
    report(ProgressEvent::Kind::started, item, 0);
    store.put(item.key, item.body, item.options);
    report(ProgressEvent::Kind::finished, item, item.body->size());
  });
}

ObjectDigest digest_object(store::ObjectStore& store, const std::string& key) {
  Digest digest(DigestAlgorithm::sha256);
  std::vector<char> buffer(chunk_size);
  store::GetResult object = store.get(key);
  const std::string etag = object.info.etag;
  const std::uint64_t size = object.info.size;
  std::uint64_t done = 0;
  int breaks = 0;
  while (done < size) {
    try {
      if (!object.body) {
        object = store.get(key, {.range = store::ByteRange{.offset = done, .length = {}}, .if_match = etag});
      }
      std::size_t count = object.body->read(buffer.data(), buffer.size());
      if (count == 0) break;
      digest.update({buffer.data(), count});
      done += count;
      breaks = 0;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || ++breaks == resume_attempts) throw;
      object.body.reset();
    }
  }
  if (done != size) {
    throw Error(ErrorCode::corrupted, "read", store.describe(key),
                "it ended after " + std::to_string(done) + " of " + std::to_string(size) + " bytes");
  }
  return {.sha256 = to_hex(digest.finish()), .size = size, .etag = etag};
}

}  // namespace wheelyard::transfer
