#include "raw_client.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wheelyard/base/text.hpp"

namespace wheelyard::test {

std::string RawResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

RawConnection::RawConnection(std::uint16_t port, bool ipv6) {
  socket_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval longest{60, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
  int failed = 0;
  if (ipv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    failed = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    failed = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  if (failed != 0) {
    close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

void RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has closed: receive() tells
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawConnection::fill() {
  char chunk[65536];
  const auto got = recv(socket_, chunk, sizeof(chunk), 0);
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

RawResponse RawConnection::receive(bool head) {
  RawResponse response;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return response;
  }
  const std::string top = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  if (top.size() > 12) response.status = std::atoi(top.c_str() + 9);
  for (const auto line : split(top, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      response.headers[to_lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
    }
  }
  const std::size_t length = std::strtoull(response.header("content-length").c_str(), nullptr, 10);
  if (head || response.status == 304) {
    response.whole = true;
    return response;
  }
  while (buffer_.size() < length && fill()) {
  }
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, response.body.size());
  response.whole = response.body.size() == length;
  return response;
}

RawResponse RawConnection::request(const std::string& method, const std::string& path,
                                   const std::string& header_lines) {
  send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header_lines + "\r\n");
  return receive(method == "HEAD");
}

RawResponse RawConnection::get(const std::string& path, const std::string& header_lines) {
  return request("GET", path, header_lines);
}

std::size_t RawConnection::drain() {
  std::size_t count = std::exchange(buffer_, {}).size();
  while (fill()) count += std::exchange(buffer_, {}).size();
  return count;
}

bool RawConnection::ended_within_ms(int longest) {
  pollfd waited{socket_, POLLIN, 0};
  while (poll(&waited, 1, longest) > 0) {
    char chunk[65536];
    if (recv(socket_, chunk, sizeof(chunk), 0) <= 0) return true;
  }
  return false;
}

void RawConnection::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(socket_);
  socket_ = -1;
}

RawResponse get(std::uint16_t port, const std::string& path, const std::string& header_lines) {
  RawConnection connection(port);
  return connection.get(path, header_lines);
}

}  // namespace wheelyard::test
