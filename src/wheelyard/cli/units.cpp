#include "wheelyard/cli/units.hpp"

#include <charconv>

#include "wheelyard/base/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr double most_bytes = 9.0e18;

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

}  // namespace wheelyard::cli
