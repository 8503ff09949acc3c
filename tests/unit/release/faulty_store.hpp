#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "wheelyard/store/memory/memory_store.hpp"

namespace wheelyard::release {

/// A memory store in which something happens at one request: the work dies there, or the server fails.
class FaultyStore {
 public:
  /// What takes the place of a process that dies: nothing in the library catches it.
  struct Death {};
  enum class When { before, after };  ///< the request took effect

  FaultyStore() {
    store::MemoryStoreOptions options;
    options.before = [this](std::string_view operation, std::string_view key) {
      {
        // Some requests are made by several threads at once.
        const std::scoped_lock lock(mutex_);
        last_ = std::string(operation) + " " + std::string(key);
        ++requests_;
      }
      strike(When::before);
    };
    options.after = [this](std::string_view, std::string_view) { strike(When::after); };
    store_ = store::make_memory_store(std::move(options));
  }

  const std::shared_ptr<store::ObjectStore>& store() const { return store_; }

  /// `what` is called at request `number` (1 is the next) and has to throw.
  void strike_at(std::uint64_t number, When when, std::function<void()> what, bool from_then_on = false) {
    requests_ = 0;
    struck_ = false;
    number_ = number;
    when_ = when;
    what_ = std::move(what);
    from_then_on_ = from_then_on;
  }
  void heal() { what_ = nullptr; }

  bool struck() const { return struck_; }
  std::uint64_t requests() const { return requests_; }
  void count_anew() { requests_ = 0; }
  /// "put qa/app.tar.gz": for messages.
  const std::string& last_request() const { return last_; }

 private:
  void strike(When when) {
    if (!what_ || when != when_) return;
    {
      const std::scoped_lock lock(mutex_);
      if (requests_ != number_ && !(from_then_on_ && requests_ > number_)) return;
      struck_ = true;
    }
    what_();
  }

  std::shared_ptr<store::ObjectStore> store_;
  std::mutex mutex_;
  std::uint64_t requests_ = 0;
  std::uint64_t number_ = 0;
  When when_ = When::before;
  std::function<void()> what_;
  bool from_then_on_ = false;
  bool struck_ = false;
  std::string last_;
};

}  // namespace wheelyard::release
