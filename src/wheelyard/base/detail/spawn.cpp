#include "wheelyard/base/detail/spawn.hpp"

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::detail {
namespace {

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
  SpawnPlan(const ChildSetup& setup, std::optional<pid_t> group, int input) {
    posix_spawn_file_actions_init(&actions_);
    if (!setup.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions_, setup.folder.c_str());
    if (input >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    } else if (setup.empty_input) {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
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
    if (group) {
      posix_spawnattr_setpgroup(&attributes_, *group);
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

pid_t spawn(const ChildSetup& setup, std::optional<pid_t> group, int input) {
  return SpawnPlan(setup, group, input).start(setup);
}

void reap(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace wheelyard::detail
