#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace wheelyard::transfer {

/// How much the threads may hold of bodies that can only go through memory.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : free_(bytes), all_(bytes) {}

  /// A share, until the end of its scope.
  class Share {
   public:
    Share(MemoryBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }

   private:
    MemoryBudget* budget_;
    std::uint64_t bytes_;
  };

  /// Waits for it; what is larger than the whole budget gets all of it. `check` is called now and then: what
  /// it throws ends the wait.
  Share take(std::uint64_t bytes, const std::function<void()>& check);

 private:
  void give_back(std::uint64_t bytes);

  std::mutex mutex_;
  std::condition_variable returned_;
  std::uint64_t free_;
  const std::uint64_t all_;
};

}  // namespace wheelyard::transfer
