#include "wheelyard/transfer/detail/rate_limit.hpp"

#include <algorithm>
#include <thread>

namespace wheelyard::transfer {

void RateLimit::take(std::uint64_t bytes, const std::function<void()>& check) {
  if (rate_ == 0) return;
  constexpr auto burst = std::chrono::milliseconds(500);
  constexpr Clock::duration longest_sleep = std::chrono::milliseconds(100);
  Clock::time_point until;
  {
    const std::lock_guard lock(mutex_);
    const auto cost = std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(rate_));
    free_at_ = std::max(free_at_, Clock::now() - burst) + std::chrono::duration_cast<Clock::duration>(cost);
    until = free_at_;
  }
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    check();
    std::this_thread::sleep_for(std::min(until - now, longest_sleep));
  }
}

}  // namespace wheelyard::transfer
