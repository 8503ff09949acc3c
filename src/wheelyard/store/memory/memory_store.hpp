#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

/// What a test can do to a memory store: latency per kind of request, and a hook that runs before each one
/// (to count, to block at a barrier, to throw an error as a server would).
struct MemoryStoreOptions {
  std::chrono::microseconds get_latency{0};
  std::chrono::microseconds put_latency{0};
  std::chrono::microseconds list_latency{0};  ///< a page
  std::chrono::microseconds remove_latency{0};
  /// `operation` is one of put, get, head, list, remove, remove_many (remove_each too), copy. Called without
  /// locks held.
  std::function<void(std::string_view operation, std::string_view key)> before;
  /// The same, after the operation took effect and before the caller learns of it: a lost answer.
  std::function<void(std::string_view operation, std::string_view key)> after;
  /// ETags that are digests of the bytes, as most servers give them: the same bytes have the same one,
  /// whoever puts them there when. Else no ETag ever comes again.
  bool content_etags = false;
  Clock clock = now;
};

/// A bucket in memory with ETags and all three put modes; a listing page and a batch removal are one request
/// each.
std::shared_ptr<ObjectStore> make_memory_store(MemoryStoreOptions options = {});

}  // namespace wheelyard::store
