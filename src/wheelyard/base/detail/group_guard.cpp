#include "wheelyard/base/detail/group_guard.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/base/detail/spawn.hpp"

namespace wheelyard::detail {
namespace {

/// It outlives its own SIGTERM, and what others of the group send to all of it.
constexpr const char* script =
    "trap '' HUP INT QUIT TERM; read -r end; kill -s TERM 0; sleep 1; kill -s KILL 0";

}  // namespace

GroupGuard::GroupGuard() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error_for("make", "a pipe", errno);
  const FileDescriptor waited(ends[0]);
  alive_ = FileDescriptor(ends[1]);
  const auto nowhere = open_file("/dev/null", O_WRONLY);
  const char* path = std::getenv("PATH");
  id_ = spawn({.words = {"sh", "-c", script},
               .environment = {{"PATH=" + std::string(path == nullptr ? "/usr/bin:/bin" : path)}},
               .output = nowhere.get(),
               .errors = nowhere.get()},
              0, waited.get());
}

GroupGuard::~GroupGuard() {
  ::kill(id_, SIGKILL);
  reap(id_);
}

}  // namespace wheelyard::detail
