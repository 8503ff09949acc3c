#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

namespace wheelyard::http {

/// Sleeps; calls `on_wait` (ClientOptions), if there is one, some times a second meanwhile.
inline void wait_until(std::chrono::steady_clock::time_point end, const std::function<void()>& on_wait) {
  using std::chrono::steady_clock;
  constexpr std::chrono::milliseconds at_most{100};
  for (auto now = steady_clock::now(); now < end; now = steady_clock::now()) {
    std::this_thread::sleep_until(on_wait ? std::min(end, now + at_most) : end);
    if (on_wait) on_wait();
  }
}

}  // namespace wheelyard::http
