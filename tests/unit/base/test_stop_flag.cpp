#include <atomic>
#include <barrier>

#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/stop_flag.hpp"
#include "wheelyard/base/worker_pool.hpp"

namespace wheelyard {
namespace {

bool is_stopped() {
  try {
    check_stopped();
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
    return true;
  }
}

StopFlag make_flag() {
  return std::make_shared<std::atomic<bool>>(false);
}

TEST(StopFlag, HoldsForItsScope) {
  EXPECT_FALSE(is_stopped());
  const auto outer = make_flag();
  const auto inner = make_flag();
  {
    const StopScope scope(outer);
    EXPECT_FALSE(is_stopped());
    *outer = true;
    EXPECT_TRUE(is_stopped());
    {
      const StopScope within(inner);
      EXPECT_FALSE(is_stopped());
    }
    EXPECT_TRUE(is_stopped());
  }
  EXPECT_FALSE(is_stopped());
}

TEST(StopFlag, GoesAlongToTheWorkersOfItsCallOnly) {
  const auto stopped = make_flag();
  *stopped = true;
  std::barrier together(6);  // two calls of three workers, all at the same time
  std::atomic<int> ended{0};
  std::atomic<int> others{0};
  const StopFlag flags[] = {stopped, make_flag()};
  parallel_for(2, 2, [&](std::size_t call) {
    const StopScope scope(flags[call]);
    parallel_for(3, 3, [&](std::size_t) {
      together.arrive_and_wait();
      if (is_stopped()) ++(call == 0 ? ended : others);
    });
  });
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(others, 0);
}

}  // namespace
}  // namespace wheelyard
