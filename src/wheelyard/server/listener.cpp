#include "wheelyard/server/listener.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::server {
namespace {

Error cannot_listen(const std::string& host, std::uint16_t port, int error_number) {
  const std::string target =
      (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  const std::string reason = std::generic_category().message(error_number);
  switch (error_number) {
    case EADDRINUSE:
      return Error(ErrorCode::unavailable, "listen on", target, "the port is taken",
                   "choose another with --port, or --port 0 for a free one");
    case EACCES:
      return Error(ErrorCode::permission_denied, "listen on", target, reason,
                   "ports below 1024 are reserved: choose another with --port");
    case EADDRNOTAVAIL:
      return Error(ErrorCode::invalid_argument, "listen on", target, "this machine has no such address",
                   "127.0.0.1 and ::1 reach this machine only, 0.0.0.0 and :: are reached by others too");
    default:
      return Error(ErrorCode::unavailable, "listen on", target, reason);
  }
}

std::uint16_t port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace

Listener listen_on(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      failure != 0) {
    throw Error(ErrorCode::invalid_argument, "listen on", host, gai_strerror(failure),
                "give an address of this machine, as 127.0.0.1 or ::1");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);

  int failed_with = EADDRNOTAVAIL;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Listener listener;
    listener.socket = FileDescriptor(socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, 0));
    if (!listener.socket) {
      failed_with = errno;
      continue;
    }
    const int on = 1;
    setsockopt(listener.socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener.socket.get(), address->ai_addr, address->ai_addrlen) != 0 ||
        listen(listener.socket.get(), SOMAXCONN) != 0) {
      failed_with = errno;
      continue;
    }
    listener.port = port_of(listener.socket.get());
    return listener;
  }
  throw cannot_listen(host, port, failed_with);
}

}  // namespace wheelyard::server
