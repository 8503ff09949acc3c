#include "wheelyard/cli/interrupt.hpp"

#include <array>
#include <chrono>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::cli {
namespace {

TEST(InterruptDeathTest, TheNextStepIsCancelled) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        check_interrupt();
        raise(SIGINT);
        try {
          check_interrupt();
        } catch (const Error& error) {
          _exit(error.code() == ErrorCode::cancelled && interrupted_by() == SIGINT ? 42 : 1);
        }
        _exit(2);
      },
      testing::ExitedWithCode(42), "");
}

TEST(InterruptDeathTest, TheSecondSignalEndsAtOnce) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        raise(SIGTERM);
        raise(SIGTERM);
        _exit(1);
      },
      testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(InterruptDeathTest, WorkThatDoesNotStopIsEndedSoon) {
  EXPECT_EXIT(
      {
        install_interrupt_handlers();
        raise(SIGINT);
        for (int i = 0; i < 500; ++i) usleep(100'000);
        _exit(1);
      },
      testing::ExitedWithCode(128 + SIGINT), "");
}

/// Its answer is of no use to anybody any more. The pipe ends with the last process that has it.
TEST(InterruptDeathTest, CommandsEndWithTheProcess) {
  for (const bool twice : {true, false}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EXIT(
        {
          install_interrupt_handlers();
          const ChildProcess child({.words = {"sleep", "300"}, .output = ends[1]});
          raise(SIGTERM);
          if (twice) raise(SIGTERM);
          for (int i = 0; i < 500; ++i) usleep(100'000);
          _exit(1);
        },
        testing::ExitedWithCode(128 + SIGTERM), "");
    close(ends[1]);
    char byte = 0;
    EXPECT_EQ(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
  }
}

TEST(InterruptDeathTest, WhatTheParentIgnoresStaysIgnored) {
  EXPECT_EXIT(
      {
        signal(SIGHUP, SIG_IGN);
        install_interrupt_handlers();
        raise(SIGHUP);
        _exit(interrupted_by() == 0 ? 42 : 1);
      },
      testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace wheelyard::cli
