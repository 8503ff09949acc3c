#include "wheelyard/auth/child_output.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxErrors = 4096;

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw system_error_for("make", "a pipe", errno);
    }
    reading = FileDescriptor(ends[0]);
    writing = FileDescriptor(ends[1]);
  }
};

/// What posix_spawn wants to know; released with it.
class SpawnPlan {
 public:
  SpawnPlan(int output, int errors) {
    posix_spawn_file_actions_init(&actions_);
    if (::isatty(STDIN_FILENO) == 0) {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
    // Signals that this program blocks or ignores are none of the command's business.
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &standard);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  pid_t start(const std::vector<std::string>& words) const {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const auto& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failure =
        posix_spawnp(&child, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    if (failure == ENOENT) {
      throw Error(ErrorCode::not_found, "run", words[0], "there is no such command",
                  "write its whole path, or correct PATH");
    }
    if (failure != 0) {
      throw Error(
          failure == EACCES || failure == ENOEXEC ? ErrorCode::permission_denied : ErrorCode::unavailable,
          "run", words[0], std::generic_category().message(failure),
          "check that it is a program that may be run");
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A started command; killed if nobody has waited for its end.
class Child {
 public:
  Child(pid_t id, steady_clock::time_point end) : id_(id), end_(end) {}
  ~Child() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  milliseconds left() const { return std::chrono::duration_cast<milliseconds>(end_ - steady_clock::now()); }
  /// False when the time is over first.
  bool await_end(ChildOutput& result) {
    for (auto pause = milliseconds(1); left() > milliseconds(0);
         pause = std::min(pause * 2, milliseconds(50))) {
      int status = 0;
      const auto ended = ::waitpid(id_, &status, WNOHANG);
      // Where SIGCHLD is ignored the status is lost: what it wrote must tell.
      if (ended == id_ || (ended < 0 && errno == ECHILD)) {
        id_ = 0;
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        return true;
      }
      std::this_thread::sleep_for(pause);
    }
    return false;
  }

 private:
  pid_t id_;
  steady_clock::time_point end_;
};

/// Takes what is there; closes at the end.
void take(FileDescriptor& from, std::string& into) {
  std::array<char, 4096> buffer{};
  const auto count = read_some(from.get(), buffer.data(), buffer.size(), "a pipe");
  into.append(buffer.data(), count);
  if (count == 0) {
    from.reset();
  }
}

}  // namespace

ChildOutput run_child(const std::vector<std::string>& words, const ChildLimits& limits) {
  Pipe output;
  Pipe errors;
  Child child(SpawnPlan(output.writing.get(), errors.writing.get()).start(words),
              steady_clock::now() + limits.time);
  output.writing.reset();
  errors.writing.reset();
  const auto late = [&] {
    return Error(ErrorCode::unavailable, "run", words[0],
                 "it had not ended after " + std::to_string(limits.time.count() / 1000.0).substr(0, 5) + " s",
                 "run it by hand and see what it waits for");
  };

  ChildOutput result;
  while (output.reading || errors.reading) {
    std::array<pollfd, 2> waiting{
        {{output.reading.get(), POLLIN, 0}, {errors.reading.get(), POLLIN, 0}}};  // -1 is passed over
    const auto left = child.left();
    if (left <= milliseconds(0)) {
      throw late();
    }
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      throw system_error_for("wait for", words[0], errno);
    }
    if (waiting[0].revents != 0) {
      take(output.reading, result.output);
    }
    if (waiting[1].revents != 0) {
      take(errors.reading, result.errors);
    }
    if (result.output.size() > limits.output) {
      throw Error(ErrorCode::corrupted, "run", words[0],
                  "it wrote more than " + std::to_string(limits.output) + " bytes",
                  "check that it is the right command");
    }
    if (result.errors.size() > 2 * kMaxErrors) {
      result.errors.erase(0, result.errors.size() - kMaxErrors);
    }
  }
  if (!child.await_end(result)) {
    throw late();
  }
  return result;
}

}  // namespace wheelyard::auth
