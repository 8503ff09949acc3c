#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "wheelyard/base/worker_pool.hpp"

namespace wheelyard {
namespace {

TEST(WorkerPool, DoesEachItemOnce) {
  for (const std::size_t workers : {0u, 1u, 3u, 50u}) {
    std::vector<std::atomic<int>> done(20);
    parallel_for(done.size(), workers, [&](std::size_t i) { ++done[i]; });
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
  parallel_for(0, 4, [](std::size_t) { FAIL(); });
}

TEST(WorkerPool, OneWorkerIsTheCallersThread) {
  parallel_for(3, 1, [caller = std::this_thread::get_id()](std::size_t) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
}

TEST(WorkerPool, RunsUpToThatManyAtOnce) {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> waits{0};
  parallel_for(30, 3, [&](std::size_t) {
    const int here = ++inside;
    int seen = most;
    while (seen < here && !most.compare_exchange_weak(seen, here)) {
    }
    // Long enough for others to come in, however late they begin.
    do {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    } while (most < 2 && ++waits < 10'000);
    --inside;
  });
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2) << "after twenty seconds";
}

TEST(WorkerPool, TheFirstFailureEndsIt) {
  for (const std::size_t workers : {1u, 4u}) {
    std::atomic<int> begun{0};
    EXPECT_THROW(parallel_for(1000, workers,
                              [&](std::size_t) {
                                ++begun;
                                throw std::runtime_error("no");
                              }),
                 std::runtime_error);
    EXPECT_LE(begun, static_cast<int>(workers));
  }
}

}  // namespace
}  // namespace wheelyard
