#include "wheelyard/server/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::server {
namespace {

constexpr std::array forwarded{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

/// The strings as execve takes them; they must outlive it.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

Error cannot_run(const std::string& command, int error_number) {
  switch (error_number) {
    case ENOENT:
      return Error(ErrorCode::not_found, "run", command, "there is no such command",
                   "the command stands after --, as in: wheelyard exec -- pip install acme");
    case EACCES:
      return Error(ErrorCode::permission_denied, "run", command, "it is not executable",
                   "chmod +x makes it so");
    case ENOEXEC:
      return Error(ErrorCode::permission_denied, "run", command, "it is no program for this machine",
                   "a script begins with a line that names its interpreter, as #!/bin/sh");
    default:
      return Error(ErrorCode::unavailable, "run", command, std::generic_category().message(error_number));
  }
}

/// The limit of open files, as it is to be for what is begun while this lives: a server raises its own.
class FileLimit {
 public:
  explicit FileLimit(const rlimit& wanted) {
    getrlimit(RLIMIT_NOFILE, &own_);
    setrlimit(RLIMIT_NOFILE, &wanted);
  }
  ~FileLimit() { setrlimit(RLIMIT_NOFILE, &own_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit own_{};
};

class SpawnAttributes {
 public:
  explicit SpawnAttributes(const sigset_t& mask) {
    sigset_t reset;
    sigemptyset(&reset);
    // A program that serves ignores SIGPIPE, or may; a command expects it.
    sigaddset(&reset, SIGPIPE);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &mask);
    posix_spawnattr_setsigdefault(&attributes_, &reset);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

struct ChildRunner::State {
  sigset_t awaited{};
  sigset_t former_mask{};
  struct sigaction former_child{};
  rlimit former_files{};
};

ChildRunner::ChildRunner() : state_(std::make_unique<State>()) {
  sigemptyset(&state_->awaited);
  for (const int signal : forwarded) sigaddset(&state_->awaited, signal);
  sigaddset(&state_->awaited, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &state_->awaited, &state_->former_mask);
  getrlimit(RLIMIT_NOFILE, &state_->former_files);
  // Where a parent of ours had SIGCHLD ignored, ends of children would never be told.
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, &state_->former_child);
}

ChildRunner::~ChildRunner() {
  sigaction(SIGCHLD, &state_->former_child, nullptr);
  pthread_sigmask(SIG_SETMASK, &state_->former_mask, nullptr);
}

ChildEnd ChildRunner::run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  if (argv.empty()) throw cannot_run("a command", ENOENT);
  const auto arguments = pointers(argv);
  const auto variables = pointers(environment);
  const SpawnAttributes attributes(state_->former_mask);
  pid_t child = 0;
  int failure = 0;
  {
    const FileLimit limit(state_->former_files);
    failure =
        posix_spawnp(&child, arguments[0], nullptr, attributes.get(), arguments.data(), variables.data());
  }
  if (failure != 0) throw cannot_run(argv[0], failure);

  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child && WIFEXITED(status)) return {.status = WEXITSTATUS(status)};
    if (ended == child && WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
    if (ended < 0 && errno != EINTR) throw cannot_run(argv[0], errno);
    siginfo_t info{};
    const int signal = sigwaitinfo(&state_->awaited, &info);
    if (signal < 0 || signal == SIGCHLD) continue;
    // What a terminal's keys cause goes to every process of the group that is in the foreground.
    if (info.si_code != SI_KERNEL) kill(child, signal);
  }
}

}  // namespace wheelyard::server
