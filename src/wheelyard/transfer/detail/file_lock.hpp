#pragma once

#include <chrono>

namespace wheelyard::transfer {

/// A process that was killed holds its locks until the kernel has cleared it away: whoever runs the same
/// command again at once waits that long for them.
inline constexpr std::chrono::milliseconds lock_patience{2000};

/// Locks a file for this process alone, until it is closed. False where another has it that long.
bool lock_file(int file, std::chrono::milliseconds patience = {});

}  // namespace wheelyard::transfer
