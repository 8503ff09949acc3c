#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wheelyard/base/child_process.hpp"

namespace wheelyard::server {

using wheelyard::ChildEnd;

/// Runs one command as if it stood in this process's place: it has our terminal, our process group and our
/// standard streams. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 that reach us are passed on, save
/// those that the terminal sent to the whole group, which the command has got already. Make it before any
/// other thread is begun: threads inherit that these signals wait.
class ChildRunner {
 public:
  ChildRunner();
  ~ChildRunner();  ///< signals are handled again as before
  ChildRunner(const ChildRunner&) = delete;
  ChildRunner& operator=(const ChildRunner&) = delete;

  /// Finds `argv[0]` on PATH, runs it and waits for its end. `environment` holds "NAME=value" strings. Throws
  /// `not_found` where there is no such command (127 in shells), `permission_denied` where it cannot be
  /// executed (126).
  ChildEnd run(const std::vector<std::string>& argv, const std::vector<std::string>& environment);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wheelyard::server
