#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::cli {

class Session;

/// A key of a store: what a URL or a path on the command line names, for verbs that ask the store directly.
struct ObjectPlace {
  std::shared_ptr<store::ObjectStore> store;
  std::string key;  ///< of `open_object` never empty; else what the keys begin with

  /// "s3://bucket/key", "/srv/wheels/key".
  std::string describe() const { return store->describe(key); }
};

/// One object. Throws UsageError where the text names a bucket, a folder or a stream.
ObjectPlace open_object(const Session& session, std::string_view text);
/// All keys that begin with something. A file's path is that file, a folder's all that is in it.
ObjectPlace open_prefix(const Session& session, std::string_view text);
/// The bucket alone of "s3://bucket". Throws UsageError where a key follows, or where it is no bucket.
std::shared_ptr<store::ObjectStore> open_bucket(const Session& session, std::string_view url);

}  // namespace wheelyard::cli
