#pragma once

#include <vector>

#include <signal.h>

namespace wheelyard::cli {

/// Signals that are waited for instead of handled. Threads made after it leave them alone.
class SignalWait {
 public:
  explicit SignalWait(const std::vector<int>& signals);
  ~SignalWait();
  SignalWait(const SignalWait&) = delete;
  SignalWait& operator=(const SignalWait&) = delete;

  /// Blocks until one of them comes.
  siginfo_t wait() const;
  /// The mask that the process had before: a child's.
  const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t waited_{};
  sigset_t before_{};
};

}  // namespace wheelyard::cli
