#include "wheelyard/base/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "wheelyard/base/text.hpp"

namespace wheelyard {

namespace {

constexpr std::uint64_t most_seconds = std::uint64_t{100} * 365 * 24 * 3600;

struct TimeUnit {
  char letter;
  std::string_view word;
  std::uint64_t seconds;
};
constexpr std::array<TimeUnit, 4> time_units{
    TimeUnit{'d', "day", 24 * 3600}, {'h', "hour", 3600}, {'m', "minute", 60}, {'s', "second", 1}};

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::uint64_t unit = 1;
  for (const auto& known : time_units) {
    if (!text.ends_with(known.letter)) continue;
    unit = known.seconds;
    text.remove_suffix(1);
    break;
  }
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end || number > most_seconds / unit) return std::nullopt;
  return std::chrono::seconds(number * unit);
}

std::string duration_text(std::chrono::seconds span) {
  const auto seconds = static_cast<std::uint64_t>(span.count());
  for (const auto& unit : time_units) {
    if (seconds % unit.seconds == 0) return std::to_string(seconds / unit.seconds) + unit.letter;
  }
  return std::to_string(seconds);
}

std::string spoken_duration(std::chrono::seconds span) {
  const auto seconds = static_cast<std::uint64_t>(std::max(span, std::chrono::seconds(0)).count());
  for (const auto& unit : time_units) {
    const std::uint64_t number = seconds / unit.seconds;
    if (number > 0 || unit.seconds == 1)
      return std::to_string(number) + " " + std::string(unit.word) + (number == 1 ? "" : "s");
  }
  return {};
}

}  // namespace wheelyard
