#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "support/killed.hpp"

#include "wheelyard/base/error.hpp"
#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::test_support {

/// A bucket whose client dies at the n-th request, before it takes effect or after; or has that one denied.
struct MortalBucket {
  int left = -1;  ///< requests until death; -1: immortal
  bool after = false;
  bool dies = true;  ///< else the one request is `permission_denied`, and those that follow are not
  std::mutex mutex;
  std::shared_ptr<store::ObjectStore> store;

  MortalBucket() {
    store::MemoryStoreOptions options;
    options.before = [this](std::string_view, std::string_view) {
      if (!after) tick();
    };
    options.after = [this](std::string_view, std::string_view) {
      if (after) tick();
    };
    store = store::make_memory_store(std::move(options));
  }
  void tick() {
    const std::scoped_lock lock(mutex);  // some requests are made by several threads at once
    if (left < 0) return;
    if (left == 0 && dies) throw Killed{};
    if (left-- == 0) throw Error(ErrorCode::permission_denied, "do", "it", "denied by the test");
  }
  /// True when the work was killed at that request.
  bool killed_at(int request, bool after_effect, const std::function<void()>& work) {
    left = request;
    after = after_effect;
    bool killed = false;
    try {
      work();
    } catch (const Killed&) {
      killed = true;
    }
    left = -1;
    return killed;
  }
};

}  // namespace wheelyard::test_support
