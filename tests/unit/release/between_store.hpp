#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::release {

/// A memory store in which something of somebody else comes between two requests of ours.
class BetweenStore {
 public:
  /// Tells whether it has done its part; it is not called again then, nor while it is at it.
  using Hook = std::function<bool(std::string_view operation, std::string_view key)>;

  BetweenStore() {
    store_ =
        store::make_memory_store({.before = [this](std::string_view operation,
                                                   std::string_view key) { call(before_, operation, key); },
                                  .after = [this](std::string_view operation,
                                                  std::string_view key) { call(after_, operation, key); }});
  }
  const std::shared_ptr<store::ObjectStore>& store() const { return store_; }
  void before(Hook hook) { set(before_, std::move(hook)); }
  /// After the request took effect; what the hook throws is the answer.
  void after(Hook hook) { set(after_, std::move(hook)); }

 private:
  void set(Hook& slot, Hook hook) {
    const std::scoped_lock lock(mutex_);
    slot = std::move(hook);
  }
  void call(Hook& slot, std::string_view operation, std::string_view key) {
    Hook hook;
    {
      // Some requests are made by several threads at once.
      const std::scoped_lock lock(mutex_);
      hook = std::exchange(slot, nullptr);
    }
    if (!hook || hook(operation, key)) return;
    const std::scoped_lock lock(mutex_);
    slot = std::move(hook);
  }

  std::mutex mutex_;

  Hook before_;
  Hook after_;
  std::shared_ptr<store::ObjectStore> store_;
};

}  // namespace wheelyard::release
