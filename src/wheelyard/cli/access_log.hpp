#pragma once

#include <string>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/server/server.hpp"

namespace wheelyard::cli {

/// A line of the request log in the common log format
/// (https://httpd.apache.org/docs/current/logs.html#common), with the time taken and the note after it.
std::string access_log_line(const server::AccessLogEntry& entry, TimePoint time);

}  // namespace wheelyard::cli
