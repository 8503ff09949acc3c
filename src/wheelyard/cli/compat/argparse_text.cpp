#include "wheelyard/cli/compat/argparse_text.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "wheelyard/base/text.hpp"

namespace wheelyard::cli::compat {

namespace {

constexpr std::size_t widest = 78;       // of a line, as argparse has it on a terminal of 80
constexpr std::size_t help_column = 24;  // the farthest that help begins

struct Row {
  std::string left;
  std::string help;
};

std::string spelling(const Option& option) {
  std::string text = "--" + option.text.name;
  return option.takes_value ? text + " " + option.text.value_name : text;
}

/// Where not all fits on a line, the positional arguments stand on lines of their own.
std::string usage(std::string_view program, const OptionSet& set, std::size_t own) {
  const std::string head = "usage: " + std::string(program);
  std::vector<std::string> options{"[-h]"};
  for (std::size_t i = 0; i < own; ++i) options.push_back("[" + spelling(set.options()[i]) + "]");
  std::vector<std::string> arguments;
  for (const auto& argument : set.arguments())
    arguments.push_back(argument.required ? argument.name : "[" + argument.name + "]");

  const std::string all = head + " " + join(options, " ") + " " + join(arguments, " ");
  if (all.size() <= widest) return all + "\n";
  const auto wrapped = [&](const std::vector<std::string>& parts) {
    std::string text;
    std::size_t column = head.size();
    for (const auto& part : parts) {
      if (column + 1 + part.size() > widest) {
        text += "\n" + std::string(head.size(), ' ');
        column = head.size();
      }
      text += " " + part;
      column += 1 + part.size();
    }
    return text + "\n";
  };
  return head + wrapped(options) + std::string(head.size(), ' ') + wrapped(arguments);
}

std::string section(std::string_view title, std::span<const Row> rows, std::size_t column) {
  std::string text = "\n" + std::string(title) + ":\n";
  for (const auto& row : rows) {
    std::string line = "  " + row.left;
    if (!row.help.empty()) {
      if (line.size() + 2 > column) {
        text += line + "\n";
        line.clear();
      }
      line.resize(column, ' ');
      line += row.help;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string argparse_help(std::string_view program, std::string_view summary, const OptionSet& set,
                          std::size_t own) {
  std::vector<Row> arguments;
  for (const auto& argument : set.arguments()) arguments.push_back({argument.name, argument.help});
  std::vector<Row> options{{"-h, --help", "show this help message and exit"}};
  for (std::size_t i = 0; i < own; ++i)
    options.push_back({spelling(set.options()[i]), set.options()[i].text.help});
  std::size_t column = 0;
  for (const auto& row : options) column = std::max(column, row.left.size() + 4);
  column = std::min(column, help_column);
  return usage(program, set, own) + "\n" + std::string(summary) + "\n" +
         section("positional arguments", arguments, column) + section("optional arguments", options, column);
}

std::string key_value(std::string_view key, std::string_view value) {
  std::string escaped;
  for (const char character : value) {
    if (character == '"' || character == '\\') escaped += '\\';
    escaped += character;
  }
  return printable(key) + "=\"" + printable(escaped) + "\"";
}

}  // namespace wheelyard::cli::compat
