#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace wheelyard {

/// What is to be run, and how.
struct ChildSetup {
  std::vector<std::string> words;  ///< without a shell; the first one is found along PATH
  /// "NAME=value" strings; none: this process's own environment.
  std::optional<std::vector<std::string>> environment{};
  std::string folder{};  ///< where it runs; "" here
  int output = -1;       ///< what its standard output is; -1: this process's own
  int errors = -1;       ///< its standard error
  bool empty_input = false;
  /// It has a process group of its own: all that it starts is ended with it. It need not lead it.
  bool own_group = false;
};

/// How a child ended.
struct ChildEnd {
  int status = 0;  ///< its exit status where `signal` is 0
  int signal = 0;  ///< the signal that ended it, or 0
  /// False where somebody else of this process has taken the end: nothing is known of it then.
  bool known = true;
  /// As shells give it: the status, or 128 and the signal's number.
  int exit_status() const { return signal == 0 ? status : 128 + signal; }
};

/// A started command; it (and its group) is killed where nobody has seen its end. Where this process itself
/// ends without (kill -9 too), a group is ended all the same; a command that shares this process's group is
/// not, and gets what the terminal sends to both. Signals that this process blocks or ignores (SIGPIPE) are
/// none of its business. Where SIGCHLD is ignored it is not, while one lives: how a child ended would never
/// be known.
class ChildProcess {
 public:
  /// Throws `not_found` or `permission_denied` where it cannot be started. Only the command's first word
  /// stands in messages.
  explicit ChildProcess(const ChildSetup& setup);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// None when `end` comes first. `on_wait` is called some times a second; what it throws is thrown on.
  std::optional<ChildEnd> wait_until(std::chrono::steady_clock::time_point end,
                                     const std::function<void()>& on_wait = {});
  /// Asks it (and its group) to end by SIGTERM; kills what is left after `grace`.
  void end(std::chrono::milliseconds grace);

 private:
  pid_t target() const;  ///< of kill(2)
  void forget() const;
  void kill_and_reap();

  struct Signals;
  struct Group;

  std::unique_ptr<Signals> signals_;
  std::unique_ptr<Group> group_;
  pid_t id_ = 0;  ///< 0 once its end was seen
};

/// Kills the children (and their groups) that live, for a signal handler that ends the process: nothing else
/// of this process can do so any more. At most 64 are known. Async-signal-safe.
void kill_children() noexcept;

}  // namespace wheelyard
