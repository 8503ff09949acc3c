#pragma once

#include <string_view>

namespace wheelyard::cli {

/// What to do after an interrupt, where nothing better is known.
inline constexpr std::string_view interrupt_hint = "run it again: what is done already is not done twice";

/// From now on SIGINT, SIGTERM and SIGHUP ask the running work to stop at its next step; after two seconds,
/// or at the second signal, the process ends where it stands (which the protocols allow at any instant) with
/// its last words on standard error, and commands that it has begun are killed.
void install_interrupt_handlers();

/// What the last words advise, in place of `interrupt_hint`. From one thread only.
void set_last_hint(std::string_view hint);

/// The signal that came, or 0.
int interrupted_by();

/// Throws Error `cancelled` once a signal has come.
void check_interrupt();

}  // namespace wheelyard::cli
