#pragma once

#include <sys/types.h>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::detail {

/// A process group that does not outlive this process, however that ends: kill -9 too. It is led by a small
/// shell that waits for the end of a pipe of which only this process has the other end; then it ends the
/// group, by SIGTERM, and a second later by SIGKILL. As long as it lives, nobody else can get the group's
/// number.
class GroupGuard {
 public:
  /// Throws `not_found` where there is no `sh` along PATH.
  GroupGuard();
  /// Ends the guard; the others of the group are left alone.
  ~GroupGuard();
  GroupGuard(const GroupGuard&) = delete;
  GroupGuard& operator=(const GroupGuard&) = delete;

  pid_t group() const { return id_; }

 private:
  FileDescriptor alive_;
  pid_t id_ = 0;
};

}  // namespace wheelyard::detail
