#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace wheelyard::config::detail {

/// A table of a TOML file, read strictly: each refusal names file, line and setting. The tables it was made
/// of must outlive it.
class TomlReader {
 public:
  /// `name`: "release.rules.production"; "" for the file itself.
  TomlReader(const std::filesystem::path& path, const toml::table& table, std::string name)
      : path_(path), table_(table), name_(std::move(name)) {}

  /// Refuses every setting that is not among these.
  void check_known(std::initializer_list<std::string_view> known) const;

  // Null, or no value, where the setting is not there.
  const toml::table* find_table(std::string_view key) const;
  std::vector<const toml::table*> tables(std::string_view key) const;
  /// Not empty.
  std::optional<std::string> text(std::string_view key) const;
  std::optional<bool> truth(std::string_view key) const;
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t most) const;
  std::optional<std::chrono::seconds> duration(std::string_view key) const;
  /// Texts that are not empty, and at least one of them.
  std::optional<std::vector<std::string>> texts(std::string_view key) const;

  /// The reader of a table within this one.
  TomlReader inner(const toml::table& table, std::string_view key) const;
  /// `key` "" stands for the table itself.
  [[noreturn]] void refuse(std::string_view key, const std::string& reason, const std::string& hint) const;

 private:
  std::string place(std::string_view key) const;
  std::string spelled(std::string_view key) const;

  const std::filesystem::path& path_;
  const toml::table& table_;
  std::string name_;
};

}  // namespace wheelyard::config::detail
