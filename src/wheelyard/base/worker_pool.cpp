#include "wheelyard/base/worker_pool.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "wheelyard/base/stop_flag.hpp"

namespace wheelyard {

void parallel_for(std::size_t count, std::size_t workers, const std::function<void(std::size_t)>& work) {
  workers = std::min(workers, count);
  if (workers <= 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr first_failure;
  const auto run = [&] {
    for (;;) {
      const std::size_t i = next.fetch_add(1);
      if (i >= count) return;
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first_failure) first_failure = std::current_exception();
        next.store(count);
        return;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    threads.reserve(workers);
    try {
      const auto work_for_the_call = [&run, &flag = current_stop_flag()] {
        const StopScope scope(flag);
        run();
      };
      for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work_for_the_call);
    } catch (const std::system_error&) {
      // Fewer threads than asked for do the same work; without any, this one does it.
      if (threads.empty()) run();
    }
  }
  if (first_failure) std::rethrow_exception(first_failure);
}

}  // namespace wheelyard
