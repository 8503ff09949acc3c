#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wheelyard::test {

/// An answer as it came over the wire.
struct RawResponse {
  int status = 0;                              ///< 0: the connection ended before a status line
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  bool whole = false;  ///< the body has as many bytes as Content-Length says

  std::string header(const std::string& name) const;
};

/// A TCP connection to a server on loopback that sends exactly what it is told, hostile things too.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port, bool ipv6 = false);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(std::string_view bytes);
  /// Reads one answer; `head`: it has no body.
  RawResponse receive(bool head = false);
  /// "GET <path>" with the header lines given ("Name: value\r\n" each).
  RawResponse get(const std::string& path, const std::string& header_lines = {});
  RawResponse request(const std::string& method, const std::string& path,
                      const std::string& header_lines = {});
  /// Reads until the server ends the connection; returns how many bytes there were that nobody had read.
  std::size_t drain();
  /// Waits for the server to end the connection; false when it did not within the time.
  bool ended_within_ms(int longest);
  /// Leaves at once, with what is still on its way thrown away.
  void reset();

 private:
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

/// One request on a connection of its own.
RawResponse get(std::uint16_t port, const std::string& path, const std::string& header_lines = {});

}  // namespace wheelyard::test
