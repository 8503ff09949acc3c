#include "wheelyard/cli/interrupt.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

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
        for (int i = 0; i < 100; ++i) usleep(100'000);
        _exit(1);
      },
      testing::ExitedWithCode(128 + SIGINT), "");
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
