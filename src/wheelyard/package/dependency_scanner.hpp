#pragma once

#include <string_view>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/unicode_space.hpp"

namespace wheelyard::package {

/// A cursor over a dependency specifier. Every `take_…` either takes what it names or leaves the cursor
/// alone.
class DependencyScanner {
 public:
  explicit DependencyScanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  bool is_at(char c) const { return rest_.starts_with(c); }

  /// Blanks and tabs; whether there were any.
  bool take_space() {
    const auto length = rest_.find_first_not_of(" \t");
    const bool any = length != 0 && !rest_.empty();
    rest_.remove_prefix(length == std::string_view::npos ? rest_.size() : length);
    return any;
  }
  bool take(std::string_view mark) {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }
  /// A word that does not go on in a letter, digit or "_".
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    if (rest_.size() > word.size() && is_word(rest_[word.size()])) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// Everything before the first of these characters, or all.
  std::string_view take_until(std::string_view ends) {
    const auto part = rest_.substr(0, rest_.find_first_of(ends));
    rest_.remove_prefix(part.size());
    return part;
  }
  /// White space as Python has it.
  void take_unicode_space() {
    const auto trimmed = trim_unicode(rest_);
    rest_.remove_prefix(trimmed.empty() ? rest_.size()
                                        : static_cast<std::size_t>(trimmed.data() - rest_.data()));
  }
  /// A name of a project or an extra; "" where there is none.
  std::string_view take_name() {
    std::size_t length = 0;
    while (length < rest_.size() && (is_alnum(rest_[length]) || is_joint(rest_[length]))) ++length;
    while (length > 0 && !is_alnum(rest_[length - 1])) --length;
    if (length == 0 || !is_alnum(rest_.front())) return {};
    const auto name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return name;
  }

 private:
  static bool is_joint(char c) { return c == '-' || c == '_' || c == '.'; }
  static bool is_word(char c) { return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

  std::string_view rest_;
};

}  // namespace wheelyard::package
