#include "wheelyard/cli/signal_wait.hpp"

namespace wheelyard::cli {

SignalWait::SignalWait(const std::vector<int>& signals) {
  sigemptyset(&waited_);
  for (const int signal : signals) sigaddset(&waited_, signal);
  pthread_sigmask(SIG_BLOCK, &waited_, &before_);
}

SignalWait::~SignalWait() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

siginfo_t SignalWait::wait() const {
  siginfo_t info{};
  while (sigwaitinfo(&waited_, &info) < 0) {
  }
  return info;
}

}  // namespace wheelyard::cli
