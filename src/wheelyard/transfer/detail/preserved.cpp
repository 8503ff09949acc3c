#include "wheelyard/transfer/detail/preserved.hpp"

#include <charconv>

#include "wheelyard/base/text.hpp"

namespace wheelyard::transfer {
namespace {

constexpr int decimals = 9;

std::optional<std::int64_t> number(std::string_view text, int base = 10) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "1700000000", "1700000000.25", "-3.5".
std::optional<FileTime> parse_seconds(std::string_view text) {
  constexpr std::int64_t latest = 9'000'000'000;  // fits in nanoseconds
  const std::size_t dot = text.find('.');
  const auto whole = number(text.substr(0, dot));
  if (!whole || *whole > latest || *whole < -latest) return std::nullopt;
  std::int64_t nanoseconds = 0;
  if (dot != std::string_view::npos) {
    std::string fraction(text.substr(dot + 1, decimals));
    if (fraction.empty() || !is_digit(fraction.front())) return std::nullopt;
    fraction.resize(decimals, '0');
    const auto value = number(fraction);
    if (!value) return std::nullopt;
    nanoseconds = *value;
  }
  return *whole * 1'000'000'000 + (text.starts_with('-') ? -nanoseconds : nanoseconds);
}

std::optional<mode_t> parse_mode(std::string_view text) {
  const auto decimal = number(text);
  // s3fs writes the whole mode in decimal: of a file it lies between these.
  const bool whole =
      decimal && !text.starts_with('0') && *decimal >= S_IFREG && *decimal <= (S_IFREG | 07777);
  const auto value = whole ? decimal : number(text, 8);
  if (!value || *value < 0 || (*value & S_IFMT & ~S_IFREG) != 0) return std::nullopt;
  return static_cast<mode_t>(*value) & 0777;
}

}  // namespace

void add_preserved(std::map<std::string, std::string>& metadata, const struct stat& status) {
  std::int64_t seconds = status.st_mtim.tv_sec;
  std::int64_t nanoseconds = status.st_mtim.tv_nsec;
  const bool negative = seconds < 0;
  if (negative && nanoseconds > 0) {
    seconds += 1;
    nanoseconds = 1'000'000'000 - nanoseconds;
  }
  std::string fraction = std::to_string(nanoseconds);
  fraction.insert(0, decimals - fraction.size(), '0');
  metadata.try_emplace(
      "mtime", (negative ? "-" : "") + std::to_string(negative ? -seconds : seconds) + '.' + fraction);
  std::string mode;
  for (mode_t left = status.st_mode; left != 0; left >>= 3)
    mode.insert(0, 1, static_cast<char>('0' + (left & 7)));
  metadata.try_emplace("mode", "0" + mode);
}

Preserved read_preserved(const std::map<std::string, std::string>& metadata) {
  Preserved preserved;
  if (const auto found = metadata.find("mtime"); found != metadata.end()) {
    preserved.modified = parse_seconds(found->second);
    if (!preserved.modified) {
      if (const auto time = parse_rfc3339(found->second)) preserved.modified = file_time(*time);
    }
  }
  if (const auto found = metadata.find("mode"); found != metadata.end())
    preserved.mode = parse_mode(found->second);
  return preserved;
}

}  // namespace wheelyard::transfer
