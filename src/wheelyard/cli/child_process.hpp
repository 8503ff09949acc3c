#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "wheelyard/cli/child_environment.hpp"
#include "wheelyard/cli/signal_wait.hpp"

namespace wheelyard::cli {

/// The signals that a running child may get through us, and SIGCHLD: for the SignalWait that `run_child` needs.
inline constexpr std::initializer_list<int> child_signals{SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                                          SIGUSR1, SIGUSR2, SIGCHLD};

/// Starts `command` (looked up in PATH) with the changed environment, passes signals on to it, and returns its exit
/// status: 128 + the signal where one ended it, 127 where there is no such program, 126 where it cannot be run;
/// for the last two `problem` says why.
int run_child(const std::vector<std::string>& command, const ChildEnvironment& environment,
              const SignalWait& signals, std::string& problem);

}  // namespace wheelyard::cli
