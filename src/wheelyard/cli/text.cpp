#include "wheelyard/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

/// Columns that a text takes: its code points. Wide characters do not occur in what is shown here.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string human_size(std::uint64_t bytes) {
  static constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
  return text.data();
}

std::string iso_seconds(TimePoint time) {
  const std::string text = to_rfc3339(time);
  return text.substr(0, 19) + "Z";
}

std::string count_of(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  std::string line;
  const auto end_line = [&] {
    lines += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (!line.empty() && indent + display_width(line) + 1 + display_width(word) > width) end_line();
    line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  if (!line.empty()) end_line();
  return lines;
}

void Table::print(Output& output) const {
  std::vector<std::vector<Cell>> rows;
  const bool titled =
      !output.quiet() && std::ranges::any_of(columns_, [](const auto& c) { return !c.title.empty(); });
  if (titled) {
    rows.emplace_back();
    for (const auto& column : columns_) rows.back().push_back({column.title, Style::bold});
  }
  for (const auto& row : rows_) {
    rows.emplace_back();
    for (const auto& cell : row) rows.back().push_back({printable(cell.text), cell.style});
  }
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  for (const auto& row : rows) {
    std::string line;
    std::string gap;  // held back, so that no line ends in spaces
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [text, style] = row[i];
      const std::string padding(widths[i] - display_width(text), ' ');
      const bool right = columns_[i].align == Align::right;
      if (right) gap += padding;
      if (!text.empty()) line += std::exchange(gap, {}) + output.paint(style, text);
      gap += (right ? "" : padding) + "  ";
    }
    output.line(line);
  }
}

}  // namespace wheelyard::cli
