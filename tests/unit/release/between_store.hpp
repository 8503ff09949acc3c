#pragma once

#include <functional>
#include <memory>
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
  void before(Hook hook) { before_ = std::move(hook); }
  /// After the request took effect; what the hook throws is the answer.
  void after(Hook hook) { after_ = std::move(hook); }

 private:
  static void call(Hook& slot, std::string_view operation, std::string_view key) {
    if (!slot) return;
    auto hook = std::exchange(slot, nullptr);
    if (!hook(operation, key)) slot = std::move(hook);
  }

  Hook before_;
  Hook after_;
  std::shared_ptr<store::ObjectStore> store_;
};

}  // namespace wheelyard::release
