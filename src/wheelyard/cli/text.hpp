#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/cli/output.hpp"

namespace wheelyard::cli {

/// "512 B", "12.3 KiB", "1.0 GiB".
std::string human_size(std::uint64_t bytes);
/// "2026-11-21T09:18:25Z".
std::string iso_seconds(TimePoint time);
/// "1 file", "3 files".
std::string count_of(std::size_t number, std::string_view noun);
/// Lines of at most `width` columns, split at spaces, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// Rows whose columns are aligned. Cells are made printable.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  struct Cell {
    std::string text;
    Style style = Style::plain;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  /// With a line of titles unless the output is quiet or no column has one.
  void print(Output& output) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace wheelyard::cli
