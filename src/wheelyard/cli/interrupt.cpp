#include "wheelyard/cli/interrupt.hpp"

#include <atomic>

#include <signal.h>
#include <unistd.h>

#include "wheelyard/base/child_process.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::cli {
namespace {

constexpr unsigned grace_seconds = 2;
std::atomic<int> signal_seen = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Commands that were begun do not go on without us.
[[noreturn]] void end_here(int signal) {
  kill_children();
  _exit(128 + signal);
}

void on_interrupt(int signal) {
  if (signal_seen.exchange(signal) != 0) end_here(signal);
  alarm(grace_seconds);
}

void on_alarm(int) {
  end_here(signal_seen.load());
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  struct sigaction before{};
  // What a parent told us to ignore (nohup) stays ignored.
  if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) return;
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_interrupt_handlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, on_interrupt);
  handle(SIGALRM, on_alarm);
}

int interrupted_by() {
  return signal_seen.load();
}

void check_interrupt() {
  if (interrupted_by() == 0) return;
  throw Error(ErrorCode::cancelled, "finish", "the command", "it was interrupted",
              std::string(interrupt_hint));
}

}  // namespace wheelyard::cli
