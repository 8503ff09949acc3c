#include "wheelyard/release/worker.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/text.hpp"

namespace wheelyard::release {
namespace {

TEST(Worker, OneIsThereAndStrangersAreNotKnownToBeGone) {
  EXPECT_FALSE(is_gone(this_worker()));
  EXPECT_FALSE(is_gone(""));
  EXPECT_FALSE(is_gone("elsewhere/1/2"));
  EXPECT_FALSE(is_gone("a/b"));
}

/// The name that a child of that number would have had; its start is not known.
std::string worker_named(pid_t pid, std::string_view start) {
  const auto mine = this_worker();
  return std::string(split(mine, '/')[0]) + "/" + std::to_string(pid) + "/" + std::string(start);
}

TEST(Worker, AnotherProcessOfTheSameNumberIsAnotherWorker) {
  EXPECT_TRUE(is_gone(worker_named(::getpid(), "1")));
}

TEST(Worker, TheDeadWhomNobodyHasWaitedForAreGone) {
  std::array<int, 2> names{};
  ASSERT_EQ(::pipe(names.data()), 0);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto name = this_worker();
    static_cast<void>(::write(names[1], name.data(), name.size()) < 0);
    ::pause();
    ::_exit(0);
  }
  std::string name(200, '\0');
  const auto length = ::read(names[0], name.data(), name.size());
  ASSERT_GT(length, 0);
  name.resize(static_cast<std::size_t>(length));
  EXPECT_FALSE(is_gone(name));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  siginfo_t dead{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &dead, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(is_gone(name)) << "it is dead, though its number is still taken";
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(is_gone(name));
  ::close(names[0]);
  ::close(names[1]);
}

TEST(Worker, WhoeverEndsWhileItIsLookedAtIsGone) {
  // Another start than the child's own: what the system tells of it is read each time, up to its end.
  std::atomic<pid_t> child = 0;
  std::vector<std::jthread> lookers;
  for (int i = 0; i < 3; ++i) {
    lookers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) is_gone(worker_named(child, "1"));
    });
  }
  for (int i = 0; i < 600; ++i) {
    child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(is_gone(worker_named(child, "1")));
  }
}

}  // namespace
}  // namespace wheelyard::release
