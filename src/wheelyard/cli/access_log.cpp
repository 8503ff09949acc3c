#include "wheelyard/cli/access_log.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace wheelyard::cli {

std::string access_log_line(const server::AccessLogEntry& entry, TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const auto calendar = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&calendar, &parts);
  std::array<char, 40> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%d/%b/%Y:%H:%M:%S +0000", &parts);

  const auto milliseconds = static_cast<double>(entry.duration.count()) / 1000;
  std::array<char, 32> taken{};
  std::snprintf(taken.data(), taken.size(), "%.1fms", milliseconds);

  std::string line = (entry.client.empty() ? "-" : entry.client) + " - - [" + stamp.data() + "] \"" +
                     entry.method + " " + entry.path + "\" " + std::to_string(entry.status) + " " +
                     std::to_string(entry.bytes) + " " + taken.data();
  if (!entry.note.empty()) line += " " + entry.note;
  return line;
}

}  // namespace wheelyard::cli
