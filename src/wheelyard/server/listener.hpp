#pragma once

#include <cstdint>
#include <string>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::server {

/// A TCP socket that listens.
struct Listener {
  FileDescriptor socket;
  std::uint16_t port = 0;  ///< the one that was asked for, or the free one that was taken for 0
};

/// `host` is a name or an address ("127.0.0.1", "::1", "localhost"). Throws `invalid_argument` for a host
/// that is none of this machine's, `unavailable` where the port is taken, `permission_denied` where it may
/// not be used.
Listener listen_on(const std::string& host, std::uint16_t port);

}  // namespace wheelyard::server
