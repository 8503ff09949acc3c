#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wheelyard {

/// A configuration file as Python's configparser reads it (RawConfigParser with its defaults, strict): the
/// dialect of
/// ~/.aws/config, pip.conf, .pypirc and setup.cfg. Keys are lower case, "=" and ":" both separate, comments
/// are whole lines ("#", ";"), a line that is indented deeper than its key goes on with the value.
struct IniDocument {
  struct Entry {
    std::string key;    ///< lower case
    std::string value;  ///< lines of a longer value are joined by "\n", each trimmed
    std::size_t line = 0;
  };
  struct Section {
    std::string name;
    std::size_t line = 0;
    std::vector<Entry> entries;  ///< own entries only

    const std::string* find(std::string_view key) const;  ///< lower case; null where it is not there
  };

  std::vector<Section> sections;  ///< without [DEFAULT]
  Section defaults;               ///< [DEFAULT]: holds for every section that does not set the key itself

  /// Null where there is no such section. Names are compared with case.
  const Section* section(std::string_view name) const;
  /// The section's value, or that of [DEFAULT]; null where there is neither, or no such section.
  const std::string* find(std::string_view section_name, std::string_view key) const;

  /// Throws `invalid_argument`, naming `path` and the line.
  static IniDocument parse(std::string_view text, std::string_view path);
};

/// AWS's nested form: a value that begins on the line after its key, one "name = value" a line. Lines without
/// "=" are skipped. Names keep their case.
std::vector<std::pair<std::string, std::string>> parse_nested_ini_value(std::string_view value);

}  // namespace wheelyard
