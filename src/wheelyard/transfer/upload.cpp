#include "wheelyard/transfer/upload.hpp"

#include <mutex>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/transfer/read_object.hpp"

namespace wheelyard::transfer {
namespace {

struct DigestSink : ByteSink {
  void write(std::string_view bytes) override { digest.update(bytes); }
  Digest digest{DigestAlgorithm::sha256};
};

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
  DigestSink sink;
  const store::ObjectInfo info = read_object(store, key, {}, sink);
  return {.sha256 = to_hex(sink.digest.finish()), .size = info.size, .etag = info.etag};
}

}  // namespace wheelyard::transfer
