#pragma once

#include <optional>

#include <sys/types.h>

#include "wheelyard/base/child_process.hpp"

namespace wheelyard::detail {

/// Starts what `setup` says, save that `group` stands in the place of `own_group`: 0 leads a group of its
/// own, a number joins that one, none stays in this process's. `input`: its standard input; -1 as `setup`
/// says. Throws as ChildProcess does.
pid_t spawn(const ChildSetup& setup, std::optional<pid_t> group, int input = -1);

/// waitpid, gone on with after signals.
void reap(pid_t child);

}  // namespace wheelyard::detail
