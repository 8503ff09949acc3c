#include "wheelyard/transfer/detail/memory_budget.hpp"

#include <algorithm>
#include <chrono>

namespace wheelyard::transfer {

MemoryBudget::Share MemoryBudget::take(std::uint64_t bytes, const std::function<void()>& check) {
  bytes = std::min(bytes, all_);
  std::unique_lock lock(mutex_);
  while (free_ < bytes) {
    returned_.wait_for(lock, std::chrono::milliseconds(100));
    lock.unlock();
    check();
    lock.lock();
  }
  free_ -= bytes;
  return {*this, bytes};
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    free_ += bytes;
  }
  returned_.notify_all();
}

}  // namespace wheelyard::transfer
