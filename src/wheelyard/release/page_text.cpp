#include "wheelyard/release/page_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::release {
namespace {

constexpr std::size_t shown_digits = 12;

bool is_plain_link(std::string_view url) {
  std::string_view rest;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (starts_with_ignoring_case(url, scheme)) rest = url.substr(scheme.size());
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  const auto odd = [](char c) { return c <= ' ' || is_control(c) || c == '\\'; };
  return !authority.empty() && authority.find('@') == std::string_view::npos &&
         std::ranges::none_of(url, odd) && is_utf8(url);
}

}  // namespace

std::string html_text(std::string_view text) {
  return xml_escape(printable(text));
}

std::string html_name(std::string_view text) {
  return "<bdi>" + html_text(text) + "</bdi>";
}

std::string html_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(trim(text), '\n')) {
    if (!out.empty()) out += "<br>";
    out += html_text(trim(line));
  }
  return out;
}

std::string html_time(TimePoint time) {
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time - day).count();
  std::array<char, 64> shown{};
  std::snprintf(shown.data(), shown.size(), "%u %s %d, %02d:%02d", static_cast<unsigned>(date.day()),
                months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return "<time datetime=\"" + to_rfc3339(time) + "\">" + shown.data() + "</time>";
}

std::string html_link(std::string_view url, std::string_view label) {
  if (!is_plain_link(url)) return {};
  return "<a href=\"" + xml_escape(url) + "\" rel=\"noopener noreferrer nofollow\">" + html_text(label) +
         "</a>";
}

std::string html_digest(std::string_view digest) {
  return "<code class=\"digest\" title=\"SHA-256 of the manifest: " + html_text(digest) + "\">" +
         html_text(digest.substr(0, shown_digits)) + "</code>";
}

std::string size_text(std::uint64_t bytes) {
  static constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double step = 1024;
  if (bytes < 1024) return std::to_string(bytes) + "\u00a0B";
  auto value = static_cast<double>(bytes) / step;
  std::size_t unit = 0;
  for (; value >= step && unit + 1 < units.size(); ++unit) value /= step;
  std::array<char, 32> shown{};
  std::snprintf(shown.data(), shown.size(), "%.1f\u00a0%s", value, units.at(unit));
  return shown.data();
}

std::string count_text(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace wheelyard::release
