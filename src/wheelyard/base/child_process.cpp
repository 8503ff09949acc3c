#include "wheelyard/base/child_process.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "wheelyard/base/detail/group_guard.hpp"
#include "wheelyard/base/detail/spawn.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Whom `kill_children` kills: process ids, and groups below zero; 0 for a free place.
std::array<std::atomic<pid_t>, 64> living;
static_assert(std::atomic<pid_t>::is_always_lock_free);

void replace_first(pid_t from, pid_t to) {
  for (auto& place : living) {
    auto expected = from;
    if (place.compare_exchange_strong(expected, to)) return;
  }
}

/// Whether it has ended; it is not reaped yet, so that its number stays its own. True where it is no child
/// of this process any more.
bool has_ended(pid_t id) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
  return info.si_pid == id;
}

}  // namespace

void kill_children() noexcept {
  for (auto& place : living) {
    if (const auto whom = place.load(); whom != 0) ::kill(whom, SIGKILL);
  }
}

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

struct ChildProcess::Group {
  explicit Group(bool own) {
    if (!own) return;
    id = 0;
    try {
      guard = std::make_unique<detail::GroupGuard>();
      id = guard->group();
    } catch (const Error& error) {
      // Without a shell the group has no guard.
      if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::permission_denied) throw;
    }
  }

  std::unique_ptr<detail::GroupGuard> guard;
  std::optional<pid_t> id;  ///< none: this process's own; 0: the child leads it
};

ChildProcess::ChildProcess(const ChildSetup& setup)
    : signals_(std::make_unique<Signals>()),
      group_(std::make_unique<Group>(setup.own_group)),
      id_(detail::spawn(setup, group_->id)) {
  if (group_->id == 0) group_->id = id_;
  replace_first(0, target());
}

ChildProcess::~ChildProcess() {
  if (id_ > 0) kill_and_reap();
}

pid_t ChildProcess::target() const {
  return group_->id ? -*group_->id : id_;
}

void ChildProcess::kill_and_reap() {
  ::kill(target(), SIGKILL);
  forget();
  detail::reap(id_);
  id_ = 0;
}

void ChildProcess::forget() const {
  replace_first(target(), 0);
}

std::optional<ChildEnd> ChildProcess::wait_until(steady_clock::time_point end,
                                                 const std::function<void()>& on_wait) {
  for (auto pause = milliseconds(1);; pause = std::min(pause * 2, milliseconds(50))) {
    if (has_ended(id_)) {
      forget();
      int status = 0;
      const auto ended = ::waitpid(id_, &status, 0);
      const auto known = ended == id_;
      id_ = 0;
      if (!known) return ChildEnd{.known = false};
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
  const auto whom = target();
  ::kill(whom, SIGTERM);
  if (!wait_until(steady_clock::now() + grace)) {
    kill_and_reap();
  } else if (group_->id) {
    ::kill(whom, SIGKILL);  // what it had begun and left
  }
}

}  // namespace wheelyard
