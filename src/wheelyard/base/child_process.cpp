#include "wheelyard/base/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The strings as execve takes them; they must outlive it.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

/// What posix_spawn wants to know; released with it.
class SpawnPlan {
 public:
  explicit SpawnPlan(const ChildSetup& setup) {
    posix_spawn_file_actions_init(&actions_);
    if (!setup.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, setup.folder.c_str());
    if (setup.empty_input)
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (setup.output >= 0) posix_spawn_file_actions_adddup2(&actions_, setup.output, STDOUT_FILENO);
    if (setup.errors >= 0) posix_spawn_file_actions_adddup2(&actions_, setup.errors, STDERR_FILENO);
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &standard);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (setup.own_group) {
      posix_spawnattr_setpgroup(&attributes_, 0);
      flags |= POSIX_SPAWN_SETPGROUP;
    }
    posix_spawnattr_setflags(&attributes_, flags);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  pid_t start(const ChildSetup& setup) const {
    const auto arguments = pointers(setup.words);
    const auto variables = setup.environment ? pointers(*setup.environment) : std::vector<char*>();
    pid_t child = 0;
    const int failure = posix_spawnp(&child, arguments[0], &actions_, &attributes_, arguments.data(),
                                     setup.environment ? variables.data() : environ);
    if (failure != 0) refuse(setup.words[0], failure);
    return child;
  }

 private:
  [[noreturn]] static void refuse(const std::string& command, int failure) {
    if (failure == ENOENT) {
      throw Error(ErrorCode::not_found, "run", command, "there is no such command",
                  "write its whole path, or correct PATH");
    }
    throw Error(
        failure == EACCES || failure == ENOEXEC ? ErrorCode::permission_denied : ErrorCode::unavailable,
        "run", command, std::generic_category().message(failure),
        "check that it is a program that may be run");
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

struct ChildProcess::Signals {
  Signals() {
    sigaction(SIGCHLD, nullptr, &former);
    ignored = (former.sa_flags & SA_SIGINFO) == 0 &&
              (former.sa_handler == SIG_IGN || (former.sa_flags & SA_NOCLDWAIT) != 0);
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    if (ignored) sigaction(SIGCHLD, &standard, nullptr);
  }
  ~Signals() {
    if (ignored) sigaction(SIGCHLD, &former, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  struct sigaction former{};
  bool ignored = false;
};

ChildProcess::ChildProcess(const ChildSetup& setup)
    : signals_(std::make_unique<Signals>()),
      id_(SpawnPlan(setup).start(setup)),
      own_group_(setup.own_group) {}

ChildProcess::~ChildProcess() {
  if (id_ <= 0) return;
  kill(SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::kill(int signal) const {
  ::kill(own_group_ ? -id_ : id_, signal);
}

std::optional<ChildEnd> ChildProcess::wait_until(steady_clock::time_point end,
                                                 const std::function<void()>& on_wait) {
  for (auto pause = milliseconds(1);; pause = std::min(pause * 2, milliseconds(50))) {
    int status = 0;
    const auto ended = ::waitpid(id_, &status, WNOHANG);
    if (ended < 0 && errno == ECHILD) {
      id_ = 0;
      return ChildEnd{.known = false};
    }
    if (ended == id_) {
      id_ = 0;
      return ChildEnd{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                      .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
    }
    if (on_wait) on_wait();
    const auto left = end - steady_clock::now();
    if (left <= milliseconds(0)) return std::nullopt;
    std::this_thread::sleep_for(std::min<steady_clock::duration>(pause, left));
  }
}

void ChildProcess::end(milliseconds grace) {
  if (id_ <= 0) return;
  const pid_t group = own_group_ ? id_ : 0;
  kill(SIGTERM);
  const bool ended = wait_until(steady_clock::now() + grace).has_value();
  if (!ended) {
    kill(SIGKILL);
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
  } else if (group > 0) {
    ::kill(-group, SIGKILL);  // what it had begun and left
  }
}

}  // namespace wheelyard
