#pragma once

#include <string>

#include "wheelyard/base/error.hpp"
#include "wheelyard/server/message.hpp"

namespace wheelyard::server {

/// An error as an answer: RFC 9457 problem details where the client names a JSON type (uv shows their text),
/// plain text otherwise. Never cached.
Reply problem(const Request& request, int status, const std::string& detail);

/// What the repository or its store failed with, as a gateway tells it. None of these is a 404 or a redirect:
/// a fault never reads as "no such project". Statuses: 502 where the store refuses us, 503 where it may go
/// well later, 500 for the rest.
Reply problem(const Request& request, const Error& error);

}  // namespace wheelyard::server
