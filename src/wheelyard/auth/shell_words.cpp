#include "wheelyard/auth/shell_words.hpp"

namespace wheelyard::auth {

std::optional<std::vector<std::string>> shell_words(std::string_view line) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (quote == 0 && space) {
      if (word) {
        words.push_back(std::move(*word));
        word.reset();
      }
      continue;
    }
    if (!word) {
      word.emplace();
    }
    if (c == '\\' && quote != '\'') {
      if (++at == line.size()) {
        return std::nullopt;
      }
      if (quote == '"' && line[at] != '"' && line[at] != '\\') {
        *word += '\\';
      }
      *word += line[at];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      *word += c;
    }
  }
  if (quote != 0) {
    return std::nullopt;
  }
  if (word) {
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace wheelyard::auth
