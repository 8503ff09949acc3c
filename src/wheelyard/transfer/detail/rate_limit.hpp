#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace wheelyard::transfer {

/// A token bucket over all threads: half a second's worth may come at once after a pause.
class RateLimit {
 public:
  /// Bytes a second; 0: none.
  explicit RateLimit(std::uint64_t rate) : rate_(rate) {}

  bool limits() const { return rate_ > 0; }
  /// Waits until `bytes` more are allowed. `check` is called meanwhile, a few times a second: what it throws
  /// ends the wait.
  void take(std::uint64_t bytes, const std::function<void()>& check);

 private:
  using Clock = std::chrono::steady_clock;

  const std::uint64_t rate_;
  std::mutex mutex_;
  Clock::time_point free_at_{};  ///< when all that was taken will have been allowed
};

}  // namespace wheelyard::transfer
