#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wheelyard/base/progress.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::transfer {

struct UploadItem {
  SourcePtr body;
  std::string key;
  store::PutOptions options;
};

/// Puts many objects, `workers` at once. After the first failure nothing new is begun; it is thrown.
void upload_all(store::ObjectStore& store, const std::vector<UploadItem>& items, std::size_t workers,
                const ProgressSink& progress = {});

struct ObjectDigest {
  std::string sha256;  ///< hexadecimal
  std::uint64_t size = 0;
  std::string etag;
};

/// Reads an object to its end, as `read_object` does, and digests it.
ObjectDigest digest_object(store::ObjectStore& store, const std::string& key);

}  // namespace wheelyard::transfer
