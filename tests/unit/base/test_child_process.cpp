#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "support/scratch_folder.hpp"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

ChildSetup shell(const std::string& script) {
  return {.words = {"sh", "-c", script}, .empty_input = true, .own_group = true};
}

ChildEnd run(const ChildSetup& setup) {
  ChildProcess child(setup);
  return child.wait_until(steady_clock::now() + seconds(50)).value();
}

/// One that nobody has reaped yet is as good as gone.
bool is_alive(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/stat");
  // It may go between open and read, which is no exception to getline.
  std::string text;
  std::getline(file, text);
  return !text.empty() && text.substr(text.rfind(')') + 2, 1) != "Z";
}

/// A process id that a script has written.
pid_t read_id(const std::filesystem::path& path) {
  for (int tries = 0; tries < 3000; ++tries) {
    std::error_code ignored;
    if (std::filesystem::file_size(path, ignored) > 1 && !ignored)
      return static_cast<pid_t>(std::stoi(read_file(path)));
    std::this_thread::sleep_for(milliseconds(10));
  }
  return 0;
}

/// Whether it goes: within half a minute, which a loaded machine may take.
bool goes_away(pid_t id) {
  for (int tries = 0; tries < 3000 && is_alive(id); ++tries) std::this_thread::sleep_for(milliseconds(10));
  return !is_alive(id);
}

/// Runs `work` in a process of its own, which it has to end; returns how that ended, as waitpid gives it.
int in_a_fork(const std::function<void()>& work) {
  const auto id = ::fork();
  if (id == 0) {
    work();
    ::_exit(99);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(id, &status, 0), id);
  return status;
}

TEST(ChildProcess, TellsHowItEnded) {
  EXPECT_EQ(run(shell("exit 3")).status, 3);
  EXPECT_EQ(run(shell("true")).exit_status(), 0);
  const auto killed = run(shell("kill -KILL $$"));
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(killed.exit_status(), 137);
}

TEST(ChildProcess, TellsHowItEndedWhereEndsAreIgnored) {
  auto* former = std::signal(SIGCHLD, SIG_IGN);
  const auto end = run(shell("exit 3"));
  EXPECT_EQ(std::signal(SIGCHLD, former), SIG_IGN) << "it is ignored again afterwards";
  EXPECT_TRUE(end.known);
  EXPECT_EQ(end.status, 3);
}

TEST(ChildProcess, RunsWhereAndWithWhatIsSaid) {
  const test_support::ScratchFolder folder;
  const auto path = (folder / "out").string();
  const FileDescriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  auto setup = shell("echo $WORD; pwd; cat; exit 0");
  setup.environment = {"WORD=hello", "PATH=/usr/bin:/bin"};
  setup.folder = "/";
  setup.output = out.get();
  EXPECT_EQ(run(setup).status, 0);
  EXPECT_EQ(read_file(path), "hello\n/\n");
}

TEST(ChildProcess, ThatIsNotThereIsAnError) {
  try {
    const ChildProcess child({.words = {"no-such-command-at-all", "secret"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_EQ(std::string(error.what()), "cannot run no-such-command-at-all: there is no such command");
  }
}

TEST(ChildProcess, IsWaitedForOnlySoLong) {
  ChildProcess child(shell("sleep 300"));
  const auto begun = steady_clock::now();
  int asked = 0;
  EXPECT_EQ(child.wait_until(begun + milliseconds(1'500), [&] { ++asked; }), std::nullopt);
  EXPECT_GT(asked, 3);
  EXPECT_LT(steady_clock::now() - begun, seconds(50));
}

TEST(ChildProcess, EndsWithAllThatItStarted) {
  const test_support::ScratchFolder folder;
  const auto path = folder / "id";
  for (const auto* manners : {"", "trap '' TERM; "}) {
    std::filesystem::remove(path);
    ChildProcess child(
        shell(manners + std::string("sleep 300 & echo $! > ") + path.string() + "; wait; sleep 300"));
    const auto grandchild = read_id(path);
    ASSERT_GT(grandchild, 1);
    child.end(milliseconds(300));
    EXPECT_TRUE(goes_away(grandchild)) << manners;
  }
}

TEST(ChildProcess, DiesWithWhoeverWaited) {
  const test_support::ScratchFolder folder;
  const auto path = folder / "id";
  pid_t grandchild = 0;
  try {
    ChildProcess child(shell("sleep 300 & echo $! > " + path.string() + "; wait"));
    grandchild = read_id(path);
    child.wait_until(steady_clock::now() + seconds(30),
                     [] { throw Error(ErrorCode::cancelled, "wait", "for it", "no"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  EXPECT_TRUE(goes_away(grandchild));
}

/// Where a process ends without a word, nobody of it can end what it has begun.
TEST(ChildProcess, WithAGroupOfItsOwnDiesWithThisProcess) {
  const test_support::ScratchFolder folder;
  for (const auto* manners : {"", "trap '' TERM; "}) {
    const auto ids = folder / to_hex(random_bytes(4));
    std::filesystem::create_directory(ids);
    const auto status = in_a_fork([&] {
      const ChildProcess child(shell(manners + ("cd '" + ids.string() + "'; echo $$ > child; ") +
                                     "sleep 300 & echo $! > grandchild; wait; sleep 300"));
      if (read_id(ids / "grandchild") > 1) ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(status, SIGKILL);
    for (const auto* one : {"child", "grandchild"}) {
      const auto id = read_id(ids / one);
      ASSERT_GT(id, 1);
      EXPECT_TRUE(goes_away(id)) << manners << one;
    }
  }
}

TEST(ChildProcess, InThisGroupIsKilledByAHandlerThatEndsTheProcess) {
  const test_support::ScratchFolder folder;
  const auto path = folder / "id";
  const auto status = in_a_fork([&] {
    const ChildProcess child({.words = {"sh", "-c", "echo $$ > '" + path.string() + "'; exec sleep 300"}});
    read_id(path);
    kill_children();
    ::_exit(3);
  });
  EXPECT_EQ(WEXITSTATUS(status), 3);
  const auto id = read_id(path);
  ASSERT_GT(id, 1);
  EXPECT_TRUE(goes_away(id));
}

TEST(ChildProcess, ThatHasEndedIsKilledByNobody) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(run({.words = {"true"}}).status, 0) << "places are given back";
  ChildProcess child(shell("sleep 300"));
  ASSERT_EQ(run({.words = {"true"}}).status, 0);
  kill_children();
  EXPECT_EQ(child.wait_until(steady_clock::now() + seconds(50)).value().signal, SIGKILL);
}

/// What signals everybody of its group, as scripts do to clean up, leaves the guard to it.
TEST(ChildProcess, MaySignalItsWholeGroup) {
  EXPECT_EQ(run(shell("trap '' TERM; kill -s TERM 0; exit 4")).status, 4);
  EXPECT_EQ(run(shell("kill -s KILL 0")).signal, SIGKILL);
}

TEST(ChildProcess, LeavesNothingToReap) {
  run(shell("exit 0"));
  {
    const ChildProcess child(shell("sleep 300"));
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(ChildProcess, NeedsNoShellForAGroupOfItsOwn) {
  const test_support::ScratchFolder folder;
  const auto path = folder / "id";
  const std::string former = std::getenv("PATH");
  ::setenv("PATH", folder.path().c_str(), 1);
  auto setup = shell("PATH=/usr/bin:/bin; sleep 300 & echo $! > '" + path.string() + "'; wait");
  setup.words[0] = "/bin/sh";
  ChildProcess child(setup);
  ::setenv("PATH", former.c_str(), 1);
  const auto grandchild = read_id(path);
  ASSERT_GT(grandchild, 1);
  child.end(milliseconds(300));
  EXPECT_TRUE(goes_away(grandchild));
}

}  // namespace
}  // namespace wheelyard
