#include "wheelyard/server/child_process.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/scratch_folder.hpp"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/server/child_environment.hpp"

namespace wheelyard::server {
namespace {

using namespace std::chrono_literals;

ChildEnd run_shell(const std::string& script) {
  ChildRunner runner;
  return runner.run({"sh", "-c", script}, environment_strings());
}

TEST(ChildProcess, ExitStatus) {
  EXPECT_EQ(run_shell("exit 0").exit_status(), 0);
  EXPECT_EQ(run_shell("exit 3").exit_status(), 3);
  EXPECT_EQ(run_shell("exit 255").exit_status(), 255);
  EXPECT_EQ(run_shell("kill -TERM $$").exit_status(), 143);
  EXPECT_EQ(run_shell("kill -KILL $$").signal, SIGKILL);
}

TEST(ChildProcess, Environment) {
  ChildRunner runner;
  EXPECT_EQ(runner
                .run({"sh", "-c", "test \"$WHAT\" = this && test -z \"$HOME\""},
                     {"PATH=/usr/bin:/bin", "WHAT=this"})
                .exit_status(),
            0);
}

TEST(ChildProcess, CommandsThatCannotRun) {
  ChildRunner runner;
  const auto code_of = [&](const std::string& command) {
    try {
      runner.run({command}, environment_strings());
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::cancelled;
  };
  EXPECT_EQ(code_of("wheelyard-no-such-command"), ErrorCode::not_found);
  EXPECT_EQ(code_of("/dev/null"), ErrorCode::permission_denied);
  EXPECT_EQ(code_of("/etc"), ErrorCode::permission_denied);
}

TEST(ChildProcess, SignalsAreHandledAsBeforeInTheChild) {
  // A shell that has SIGTERM blocked or ignored would outlive it.
  EXPECT_EQ(run_shell("kill -TERM $$; sleep 5; exit 9").exit_status(), 143);
  std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(run_shell("kill -PIPE $$; sleep 5; exit 9").exit_status(), 128 + SIGPIPE);
  std::signal(SIGPIPE, SIG_DFL);
}

TEST(ChildProcess, SignalsThatReachUsArePassedOn) {
  const test_support::ScratchFolder folder;
  const auto is_ready = folder / "is-ready";
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    std::filesystem::remove(is_ready);
    const pid_t supervisor = fork();
    ASSERT_GE(supervisor, 0);
    if (supervisor == 0) {
      std::signal(SIGCHLD, SIG_IGN);
      ChildRunner runner;
      std::thread sender([&] {
        for (int i = 0; i < 6000 && !std::filesystem::exists(is_ready); ++i) {
          std::this_thread::sleep_for(10ms);
        }
        kill(getpid(), signal);
      });
      sender.detach();
      const auto end = runner.run({"sh", "-c",
                                   "trap 'exit 42' TERM INT HUP QUIT USR1 USR2; : > '" + is_ready.string() +
                                       "'; while :; do sleep 0.05; done"},
                                  environment_strings());
      _exit(end.exit_status());
    }
    int status = 0;
    waitpid(supervisor, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << signal;
    EXPECT_EQ(WEXITSTATUS(status), 42) << signal;
  }
}

TEST(ChildProcess, TheLimitOfOpenFilesIsTheFormerOne) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  ChildRunner runner;
  rlimit changed = before;
  changed.rlim_cur = before.rlim_cur - 10;
  setrlimit(RLIMIT_NOFILE, &changed);
  const std::string script = "test $(ulimit -S -n) = " + std::to_string(before.rlim_cur);
  EXPECT_EQ(runner.run({"sh", "-c", script}, environment_strings()).exit_status(), 0);
  rlimit after{};
  getrlimit(RLIMIT_NOFILE, &after);
  EXPECT_EQ(after.rlim_cur, changed.rlim_cur);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(ChildProcess, OurMaskIsRestored) {
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  run_shell("exit 0");
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
}

TEST(ChildProcess, TheTerminalIsTheCommands) {
  // With a terminal of its own, a command can read from it and gets the keys' signals exactly once.
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(grantpt(terminal), 0);
  ASSERT_EQ(unlockpt(terminal), 0);
  const std::string slave = ptsname(terminal);
  const pid_t supervisor = fork();
  ASSERT_GE(supervisor, 0);
  if (supervisor == 0) {
    setsid();
    const int tty = open(slave.c_str(), O_RDWR);  // becomes the controlling terminal
    for (int fd = 0; fd < 3; ++fd) dup2(tty, fd);
    ChildRunner runner;
    const auto end = runner.run({"bash", "-c",
                                 "n=0; trap 'n=$((n+1))' INT; read -r line; echo ready-$line;"
                                 // No command of its own that a key could reach ahead of the shell.
                                 "while [ $n = 0 ] && [ $SECONDS -lt 100 ]; do read -r -t 1 line; done;"
                                 "read -r -t 0.4 line; read -r -t 0.4 line; exit $((40 + n))"},
                                environment_strings());
    _exit(end.exit_status());
  }
  ASSERT_EQ(write(terminal, "go\n", 3), 3);
  std::string seen;
  char chunk[256];
  while (seen.find("ready-go") == std::string::npos) {
    const auto got = read(terminal, chunk, sizeof(chunk));
    if (got <= 0) break;
    seen.append(chunk, static_cast<std::size_t>(got));
  }
  ASSERT_EQ(write(terminal, "\x03", 1), 1);  // Ctrl-C
  int status = 0;
  waitpid(supervisor, &status, 0);
  close(terminal);
  EXPECT_EQ(WEXITSTATUS(status), 41) << seen;
}

}  // namespace
}  // namespace wheelyard::server
