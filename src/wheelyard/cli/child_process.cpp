#include "wheelyard/cli/child_process.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

extern char** environ;

namespace wheelyard::cli {
namespace {

std::vector<std::string> merged_environment(const ChildEnvironment& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (!changes.set.contains(name) && std::ranges::find(changes.unset, name) == changes.unset.end()) {
      merged.emplace_back(text);
    }
  }
  for (const auto& [name, value] : changes.set) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (auto& text : strings) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

/// posix_spawnp with the signal state that the program itself was started with.
int spawn(pid_t& child, std::vector<std::string> command, const ChildEnvironment& environment,
          const sigset_t& mask) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // ignored in this process, which is inherited
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  auto variables = merged_environment(environment);
  const int problem = posix_spawnp(&child, command.front().c_str(), nullptr, &attributes, pointers(command).data(),
                                   pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  return problem;
}

/// The terminal sends its signals to every process of the foreground group: the child has them already.
bool came_from_terminal(const siginfo_t& info) {
  return info.si_code == SI_KERNEL && (info.si_signo == SIGINT || info.si_signo == SIGQUIT);
}

}  // namespace

int run_child(const std::vector<std::string>& command, const ChildEnvironment& environment,
              const SignalWait& signals, std::string& problem) {
  pid_t child = 0;
  if (const int failure = spawn(child, command, environment, signals.mask_before()); failure != 0) {
    problem = std::strerror(failure);
    return failure == ENOENT ? 127 : 126;
  }
  for (;;) {
    const siginfo_t info = signals.wait();
    if (info.si_signo != SIGCHLD) {
      if (!came_from_terminal(info)) kill(child, info.si_signo);
      continue;
    }
    int status = 0;
    if (waitpid(child, &status, WNOHANG) != child) continue;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  }
}

}  // namespace wheelyard::cli
