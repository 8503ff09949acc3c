#include "wheelyard/base/clock.hpp"

#include <array>
#include <cstdio>

#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> weekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes text from the front; after the first thing that does not fit, `ok` is false.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t digits) {
    int value = 0;
    if (rest.size() < digits) ok = false;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      if (!is_digit(rest[i])) ok = false;
      value = value * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(digits);
    return value;
  }
  void literal(std::string_view text) {
    if (!ok || !rest.starts_with(text)) {
      ok = false;
    } else {
      rest.remove_prefix(text.size());
    }
  }
  bool take(char c) {
    if (!ok || !rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  unsigned month() {
    for (unsigned i = 0; i < months.size(); ++i) {
      if (rest.starts_with(months[i])) {
        rest.remove_prefix(3);
        return i + 1;
      }
    }
    ok = false;
    return 0;
  }
  seconds time_of_day() {
    const int hour = number(2);
    literal(":");
    const int minute = number(2);
    literal(":");
    const int second = number(2);
    if (hour > 23 || minute > 59 || second > 60) ok = false;
    return hours(hour) + minutes(minute) + seconds(second);
  }
};

std::optional<TimePoint> date_and_time(int year_number, unsigned month_number, unsigned day_number,
                                       microseconds time) {
  const year_month_day date{year(year_number), month(month_number), day(day_number)};
  if (!date.ok()) return std::nullopt;
  return TimePoint(sys_days(date)) + time;
}

struct Parts {
  year_month_day date;
  hh_mm_ss<microseconds> time;
  unsigned weekday_index;
};

Parts parts_of(TimePoint time) {
  const auto midnight = floor<days>(time);
  return {year_month_day(midnight), hh_mm_ss<microseconds>(time - midnight), weekday(midnight).c_encoding()};
}

}  // namespace

TimePoint now() {
  return time_point_cast<microseconds>(system_clock::now());
}

std::string to_rfc3339(TimePoint time) {
  const Parts parts = parts_of(time);
  std::array<char, 64> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
      static_cast<int>(parts.date.year()), static_cast<unsigned>(parts.date.month()),
      static_cast<unsigned>(parts.date.day()), static_cast<int>(parts.time.hours().count()),
      static_cast<int>(parts.time.minutes().count()), static_cast<int>(parts.time.seconds().count()),
      static_cast<int>(parts.time.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  Scanner in{text};
  const int y = in.number(4);
  in.literal("-");
  const int m = in.number(2);
  in.literal("-");
  const int d = in.number(2);
  if (!in.take('T') && !in.take('t')) return std::nullopt;
  microseconds time = in.time_of_day();
  if (in.take('.')) {
    if (in.rest.empty() || !is_digit(in.rest.front())) return std::nullopt;
    int unit = 100'000;
    while (!in.rest.empty() && is_digit(in.rest.front())) {
      time += microseconds((in.rest.front() - '0') * unit);
      unit /= 10;
      in.rest.remove_prefix(1);
    }
  }
  if (!in.take('Z') && !in.take('z')) {
    const bool west = in.take('-');
    if (!west) in.literal("+");
    const int hour = in.number(2);
    in.literal(":");
    const int minute = in.number(2);
    if (hour > 23 || minute > 59) return std::nullopt;
    const auto offset = hours(hour) + minutes(minute);
    time -= west ? -offset : offset;
  }
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return date_and_time(y, static_cast<unsigned>(m), static_cast<unsigned>(d), time);
}

std::string to_http_date(TimePoint time) {
  const Parts parts = parts_of(time);
  std::array<char, 64> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%.3s, %02u %s %04d %02d:%02d:%02d GMT",
      weekdays[parts.weekday_index].data(), static_cast<unsigned>(parts.date.day()),
      months[static_cast<unsigned>(parts.date.month()) - 1].data(), static_cast<int>(parts.date.year()),
      static_cast<int>(parts.time.hours().count()), static_cast<int>(parts.time.minutes().count()),
      static_cast<int>(parts.time.seconds().count()));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  // A recipient takes all three of RFC 9110's forms: IMF-fixdate, RFC 850, asctime.
  Scanner in{text};
  for (const auto name : weekdays) {
    if (in.rest.starts_with(name.substr(0, 3))) {
      in.rest.remove_prefix(in.rest.starts_with(name) ? name.size() : 3);
      break;
    }
  }
  if (in.rest.size() == text.size()) return std::nullopt;
  int y = 0;
  int d = 0;
  unsigned m = 0;
  seconds time{};
  if (in.take(',')) {
    in.literal(" ");
    d = in.number(2);
    const bool rfc850 = in.take('-');
    if (!rfc850) in.literal(" ");
    m = in.month();
    in.literal(rfc850 ? "-" : " ");
    y = in.number(rfc850 ? 2 : 4);
    if (rfc850) y += y < 70 ? 2000 : 1900;
    in.literal(" ");
    time = in.time_of_day();
    in.literal(" GMT");
  } else {
    in.literal(" ");
    m = in.month();
    in.literal(" ");
    d = in.number(in.take(' ') ? 1 : 2);
    in.literal(" ");
    time = in.time_of_day();
    in.literal(" ");
    y = in.number(4);
  }
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return date_and_time(y, m, static_cast<unsigned>(d), time);
}

}  // namespace wheelyard
