#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace wheelyard::auth {

struct ChildLimits {
  std::chrono::milliseconds time{120'000};
  std::size_t output = 64u << 10;  ///< bytes of its standard output
};

/// How a command ended and what it wrote.
struct ChildOutput {
  int status = 0;  ///< its exit status
  int signal = 0;  ///< what ended it instead; 0: it ended itself
  std::string output;
  std::string errors;  ///< the last part of its standard error
};

/// Runs a command without a shell, found along PATH, with this process's environment; its standard input is
/// empty unless it is a terminal. Throws `not_found` or `permission_denied` where it cannot be started,
/// `unavailable` where it takes too long and `corrupted` where it writes too much: it is killed then. Only
/// the command's first word stands in messages.
ChildOutput run_child(const std::vector<std::string>& words, const ChildLimits& limits);

}  // namespace wheelyard::auth
