#include "wheelyard/cli/units.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "wheelyard/base/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr double most_bytes = 9.0e18;
constexpr std::uint64_t most_seconds = std::uint64_t{100} * 365 * 24 * 3600;

using TimeUnit = std::pair<char, std::uint64_t>;
constexpr std::array<TimeUnit, 4> time_units{TimeUnit{'d', 24 * 3600}, {'h', 3600}, {'m', 60}, {'s', 1}};

/// 1024 to the power that "", "K", "KB", "KiB", "M" and so on stand for; 0 where the text is no unit.
double unit_of(std::string_view text) {
  const std::string unit = to_lower(text);
  static constexpr std::string_view letters = "kmgtp";
  if (unit.empty() || unit == "b") return 1;
  const std::size_t place = letters.find(unit.front());
  if (place == std::string_view::npos) return 0;
  const std::string_view rest = std::string_view(unit).substr(1);
  if (!rest.empty() && rest != "b" && rest != "ib") return 0;
  double value = 1;
  for (std::size_t i = 0; i <= place; ++i) value *= 1024;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (problem != std::errc{}) return std::nullopt;
  const double unit = unit_of({stop, static_cast<std::size_t>(end - stop)});
  if (unit == 0 || number * unit > most_bytes) return std::nullopt;
  return static_cast<std::uint64_t>(number * unit);
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::uint64_t unit = 1;
  for (const auto& [letter, seconds] : time_units) {
    if (!text.ends_with(letter)) continue;
    unit = seconds;
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
  for (const auto& [letter, unit] : time_units) {
    if (seconds % unit == 0) return std::to_string(seconds / unit) + letter;
  }
  return std::to_string(seconds);
}

}  // namespace wheelyard::cli
