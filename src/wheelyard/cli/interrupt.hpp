#pragma once

#include <string_view>

namespace wheelyard::cli {

/// What to do after an interrupt, where nothing better is known.
inline constexpr std::string_view interrupt_hint = "run it again: what is done already is not done twice";

/// From now on SIGINT, SIGTERM and SIGHUP ask the running work to stop at its next step; after two seconds,
/// or at the second signal, the process ends where it stands (which the protocols allow at any instant), and
/// commands that it has begun are killed.
void install_interrupt_handlers();

/// The signal that came, or 0.
int interrupted_by();

/// Throws Error `cancelled` once a signal has come.
void check_interrupt();

}  // namespace wheelyard::cli
