#include "wheelyard/transfer/detail/file_lock.hpp"

#include <cerrno>
#include <thread>

#include <sys/file.h>

namespace wheelyard::transfer {

bool lock_file(int file, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds pause{20};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace wheelyard::transfer
