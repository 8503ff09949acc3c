#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::cli {

/// What a shell offers after an option or in the place of an argument.
enum class Completes { nothing, files, folders };

/// How an option is spelled and what it is for: the one place that parsing, help, docs and completion read.
struct OptionText {
  std::string name;         ///< "force": `--force`
  char letter = 0;          ///< 'f': `-f`
  std::string value_name;   ///< "URL"; set for everything that takes a value
  std::string help;         ///< a sentence without its full stop
  std::string environment;  ///< the variable that is read where the option is not given
  Completes completes = Completes::nothing;
  std::vector<std::string> choices;  ///< the only values, where there are few; offered by completion
  std::string excludes;              ///< the name of an option that cannot stand beside this one
  bool may_be_empty = false;         ///< a text that may be given as ""
  bool hidden = false;               ///< in no help text
};

/// One option or argument of a verb, tied to the typed value that it sets.
struct Option {
  OptionText text;
  bool takes_value = false;
  bool repeatable = false;
  bool in_order = false;     ///< stored as it is met, so that the order among such options is the person's
  std::string default_text;  ///< the value's own default, for the help; "" where it says nothing
  std::function<void(const std::string&)> store;  ///< throws UsageError; a flag gets ""
};

/// What stands on the command line without dashes.
struct Argument {
  std::string name;  ///< "FILE"
  std::string help;
  bool required = false;
  bool repeatable = false;
  Completes completes = Completes::nothing;
  std::vector<std::string> choices;
  std::vector<std::string>* values = nullptr;
};

/// A wrong command line: what is wrong, and what to type. The program ends with status 2.
class UsageError : public std::exception {
 public:
  explicit UsageError(std::string problem, std::string hint = {})
      : problem_(std::move(problem)), hint_(std::move(hint)) {}
  const char* what() const noexcept override { return problem_.c_str(); }
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string problem_;
  std::string hint_;
};

/// The options and arguments of a verb. The targets must outlive the set; their values at this moment are the
/// defaults.
class OptionSet {
 public:
  void flag(bool& target, OptionText text);
  /// Sets the target to false: for what is on unless it is turned off.
  void flag_off(bool& target, OptionText text);
  /// "" is refused unless the text says otherwise: it mostly is a variable that was never set, and
  /// `--if-match ""` must not read as no condition.
  void value(std::string& target, OptionText text);
  /// Tells an empty value from none.
  void value(std::optional<std::string>& target, OptionText text);
  void values(std::vector<std::string>& target, OptionText text);
  /// A whole number within [`least`, `most`]. A target below that stands for no default.
  void number(std::uint64_t& target, std::uint64_t least, std::uint64_t most, OptionText text);
  /// The same, telling what was not given.
  void number(std::optional<std::uint64_t>& target, std::uint64_t least, std::uint64_t most, OptionText text);
  /// Bytes: "8388608", "8192K", "8M", "8MiB", "1.5G". A unit is a power of 1024; "/s" may follow it.
  void bytes(std::uint64_t& target, std::uint64_t least, std::uint64_t most, OptionText text);
  /// A span of time: "3600" (seconds), "90s", "15m", "1h", "7d".
  void duration(std::chrono::seconds& target, OptionText text);
  /// The same for an age, as "90d": a bare number says nothing of its unit and is refused.
  void age(std::chrono::seconds& target, OptionText text);
  /// May be given many times; `take` is called at each, in the order of the command line among all options of
  /// this kind.
  void each(std::function<void(const std::string&)> take, OptionText text);
  /// A repeatable argument leaves as many words as the required ones behind it need.
  void argument(std::vector<std::string>& target, Argument argument);
  /// Everything from the first argument (or "--") on is another program's command line.
  void command_line(std::vector<std::string>& target, std::string help);

  const std::vector<Option>& options() const { return options_; }
  const std::vector<Argument>& arguments() const { return arguments_; }
  std::vector<std::string>* command() const { return command_; }
  const std::string& command_help() const { return command_help_; }

  /// By `name` ("force") or by letter; null where there is none.
  const Option* find(std::string_view name) const;
  const Option* find(char letter) const;
  /// Where two options have one name, the first one stays; where two have one letter, it is the first one's.
  void drop_taken();

 private:
  void add_duration(std::chrono::seconds& target, OptionText text, bool with_unit);

  std::vector<Option> options_;
  std::vector<Argument> arguments_;
  std::vector<std::string>* command_ = nullptr;
  std::string command_help_;
};

}  // namespace wheelyard::cli
