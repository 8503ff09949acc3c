#include "wheelyard/config/detail/toml_reader.hpp"

#include <algorithm>

#include "wheelyard/base/duration.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/nearest_word.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::config::detail {

namespace {

constexpr std::size_t longest_shown = 200;

}  // namespace

std::string TomlReader::place(std::string_view key) const {
  const auto* node = table_.get(key);
  auto line = table_.source().begin.line;
  if (node != nullptr) {
    line = node->source().begin.line;
    // A table's own place is its head; a setting's is its key.
    for (const auto& [name, value] : table_) {
      if (name.str() == key && name.source().begin.line > 0) line = name.source().begin.line;
    }
  }
  return path_.string() + " line " + std::to_string(line);
}

std::string TomlReader::spelled(std::string_view key) const {
  auto shown = printable(key, longest_shown);
  if (name_.empty()) return shown;
  return key.empty() ? "[" + name_ + "]" : "[" + name_ + "] " + shown;
}

void TomlReader::refuse(std::string_view key, const std::string& reason, const std::string& hint) const {
  throw Error(ErrorCode::invalid_argument, "use", spelled(key) + " of " + place(key), reason, hint);
}

void TomlReader::check_known(std::initializer_list<std::string_view> known) const {
  const std::vector<std::string> words(known.begin(), known.end());
  for (const auto& [key, value] : table_) {
    if (std::ranges::find(words, key.str()) != words.end()) continue;
    const auto meant = did_you_mean(key.str(), words);
    refuse(key.str(), "there is no such setting", meant.empty() ? "there are " + join(words, ", ") : meant);
  }
}

const toml::table* TomlReader::find_table(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) refuse(key, "it is not a table", "write it as [" + std::string(key) + "]");
  return node->as_table();
}

std::vector<const toml::table*> TomlReader::tables(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return {};
  const auto* list = node->as_array();
  const std::string hint = "each begins with [[" + name_ + "." + std::string(key) + "]]";
  if (list == nullptr || list->empty()) refuse(key, "it is not a list of tables", hint);
  std::vector<const toml::table*> found;
  for (const auto& item : *list) {
    if (!item.is_table()) refuse(key, "it is not a list of tables", hint);
    found.push_back(item.as_table());
  }
  return found;
}

std::optional<std::string> TomlReader::text(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) refuse(key, "it is not a text", "write it in quotes");
  auto text = node->as_string()->get();
  if (trim(text).empty()) refuse(key, "it is empty", "give it a value, or leave the line out");
  return text;
}

std::optional<bool> TomlReader::truth(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) refuse(key, "it is neither true nor false", "write true or false, without quotes");
  return node->as_boolean()->get();
}

std::optional<std::uint64_t> TomlReader::number(std::string_view key, std::uint64_t most) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const std::string hint = "write a whole number from 0 to " + std::to_string(most) + ", without quotes";
  if (!node->is_integer()) refuse(key, "it is not a whole number", hint);
  const auto number = node->as_integer()->get();
  if (number < 0 || static_cast<std::uint64_t>(number) > most) refuse(key, "it is out of range", hint);
  return static_cast<std::uint64_t>(number);
}

std::optional<std::chrono::seconds> TomlReader::duration(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const std::string hint = "write a time in quotes, as \"90s\", \"15m\", \"24h\" or \"7d\"";
  if (!node->is_string()) refuse(key, "it is not a time", hint);
  const auto& text = node->as_string()->get();
  const auto span = parse_duration(text);
  // A bare number says nothing of its unit.
  if (!span || span->count() == 0 || is_digit(text.back())) refuse(key, "it is not a time", hint);
  return span;
}

std::optional<std::vector<std::string>> TomlReader::texts(std::string_view key) const {
  const auto* node = table_.get(key);
  if (node == nullptr) return std::nullopt;
  const std::string hint = "write it as [\"one\", \"two\"]";
  const auto* list = node->as_array();
  if (list == nullptr) refuse(key, "it is not a list of texts", hint);
  if (list->empty()) refuse(key, "nothing is in it", "give it a value, or leave the line out");
  std::vector<std::string> found;
  for (const auto& item : *list) {
    if (!item.is_string()) refuse(key, "it is not a list of texts", hint);
    found.push_back(item.as_string()->get());
    if (trim(found.back()).empty()) refuse(key, "an empty text is in it", hint);
  }
  return found;
}

TomlReader TomlReader::inner(const toml::table& table, std::string_view key) const {
  return {path_, table, (name_.empty() ? "" : name_ + ".") + printable(key, longest_shown)};
}

}  // namespace wheelyard::config::detail
