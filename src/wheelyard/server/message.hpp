#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/base/io.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::server {

/// A request whose headers are in. Bodies are never read.
struct Request {
  std::string method;
  std::string path;   ///< as it stood on the wire: percent-encoded, without the query
  std::string query;  ///< without "?", percent-encoded
  http::Headers headers;
  std::string client;  ///< "127.0.0.1:51234"

  /// All fields of that name as one list, joined by ", " (RFC 9110 section 5.3); "" where there is none.
  std::string header(std::string_view name) const;
  bool is_head() const { return method == "HEAD"; }
};

/// What is answered. The body is `bytes`, or else `stream`, of which `length` bytes are sent.
struct Reply {
  int status = 200;
  http::Headers headers;  ///< without Content-Length, Date and Connection: the daemon adds them
  std::shared_ptr<const std::string> bytes;
  std::unique_ptr<Reader> stream;  ///< null for the answer to HEAD: `length` is announced all the same
  std::uint64_t length = 0;
  std::string note;  ///< for the request log

  static Reply text(int status, std::string body);
  static Reply redirect(int status, std::string location);
};

}  // namespace wheelyard::server
