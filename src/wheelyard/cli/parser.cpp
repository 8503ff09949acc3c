#include "wheelyard/cli/parser.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "wheelyard/base/nearest_word.hpp"

namespace wheelyard::cli {
namespace {

/// How an argument reads by a table: an option with its value inside, one whose value is the next argument, a
/// flag, or no option at all.
enum class Shape { word, complete, needs_next, separator };

Shape shape_of(const std::string& argument, const OptionSet& set) {
  if (argument == "--") return Shape::separator;
  if (argument.size() < 2 || argument[0] != '-') return Shape::word;
  if (argument[1] == '-') {
    if (argument.find('=') != std::string::npos) return Shape::complete;
    const Option* option = set.find(std::string_view(argument).substr(2));
    return option != nullptr && option->takes_value ? Shape::needs_next : Shape::complete;
  }
  for (std::size_t i = 1; i < argument.size(); ++i) {
    const Option* option = set.find(argument[i]);
    if (option != nullptr && option->takes_value) {
      return i + 1 == argument.size() ? Shape::needs_next : Shape::complete;
    }
  }
  return Shape::complete;
}

/// Splits another program's command line off: it begins with the first word, or after "--".
std::vector<std::string> split_command(std::vector<std::string>& arguments, const OptionSet& set) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Shape shape = shape_of(arguments[i], set);
    if (shape == Shape::needs_next) ++i;
    if (shape != Shape::word && shape != Shape::separator) continue;
    const auto begin = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    std::vector<std::string> command(shape == Shape::separator ? begin + 1 : begin, arguments.end());
    arguments.erase(begin, arguments.end());
    return command;
  }
  return {};
}

std::string spelling(const OptionText& text) {
  std::string names = text.letter != 0 ? std::string("-") + text.letter + "," : "";
  return names + "--" + text.name;
}

/// CLI11's app for a table.
class Parser {
 public:
  explicit Parser(const OptionSet& set) : set_(set) {
    app_.set_help_flag("-h,--help");
    app_.allow_extras();
    for (const auto& option : set.options()) {
      if (option.text.name != "help") add(option);
    }
    for (const auto& option : set.options()) {
      if (option.text.excludes.empty()) continue;
      made_.at(option.text.name)->excludes(made_.at(option.text.excludes));
    }
  }

  /// False where help was asked for.
  bool parse(std::vector<std::string> arguments) {
    split_empty_values(arguments);
    const std::string last = arguments.empty() ? "" : arguments.back();
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return false;
    } catch (const CLI::ExcludesError&) {
      refuse_exclusion();
    } catch (const CLI::ArgumentMismatch& problem) {
      // Whatever stands behind an option is its value, so it can only be missing at the end.
      throw UsageError(last.starts_with('-') ? last + " needs a value" : problem.what());
    } catch (const CLI::ParseError& problem) {
      throw UsageError(problem.what());
    }
    take_arguments(app_.remaining());
    return true;
  }

 private:
  void add(const Option& option) {
    const auto& store = option.store;
    CLI::Option* made = nullptr;
    if (option.takes_value) {
      made = app_.add_option(spelling(option.text), CLI::callback_t([&store](const CLI::results_t& results) {
                               for (const auto& result : results) store(result);
                               return true;
                             }));
      made->type_size(1)->expected(1)->allow_extra_args(false);
      made->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                  : CLI::MultiOptionPolicy::TakeLast);
    } else {
      made = app_.add_flag_callback(spelling(option.text), [&store] { store({}); });
    }
    if (option.in_order) made->trigger_on_parse();
    made_[option.text.name] = made;
  }

  /// "--reason=" sets an empty value. CLI11 would take the next argument for it.
  void split_empty_values(std::vector<std::string>& arguments) const {
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
      const Shape shape = shape_of(arguments[i], set_);
      if (shape == Shape::needs_next) ++i;
      if (shape != Shape::complete || !arguments[i].starts_with("--") || !arguments[i].ends_with('='))
        continue;
      const Option* option = set_.find(std::string_view(arguments[i]).substr(2, arguments[i].size() - 3));
      if (option == nullptr || !option->takes_value) continue;
      arguments[i].pop_back();
      arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(++i), "");
    }
  }

  /// What CLI11 left: the arguments in order, and options that the table does not know. CLI11's own
  /// positionals are not used: they take "[ab]" apart as a list.
  void take_arguments(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments;
    bool options_ended = false;
    for (const auto& word : words) {
      if (options_ended) {
        arguments.push_back(word);
      } else if (word == "--") {
        options_ended = true;
      } else if (word.size() > 1 && word.starts_with('-')) {
        refuse_option(word);
      } else {
        arguments.push_back(word);
      }
    }
    auto next = arguments.begin();
    std::ptrdiff_t needed = std::ranges::count(set_.arguments(), true, &Argument::required);
    for (const auto& argument : set_.arguments()) {
      if (argument.required) --needed;
      const std::ptrdiff_t left = arguments.end() - next;
      if (left == 0 && argument.required) {
        throw UsageError("missing " + argument.name + ": " + argument.help);
      }
      const std::ptrdiff_t most = argument.repeatable ? std::max<std::ptrdiff_t>(left - needed, 1) : 1;
      const auto end = next + std::min(left, most);
      argument.values->assign(next, end);
      next = end;
    }
    if (next != arguments.end()) throw UsageError("unexpected '" + *next + "'");
  }

  [[noreturn]] void refuse_option(const std::string& option) const {
    const std::string name = option.substr(0, option.find('='));
    std::vector<std::string> known;
    for (const auto& each : set_.options()) {
      if (!each.text.hidden) known.push_back("--" + each.text.name);
    }
    const std::string meant = nearest_word(name, known);
    throw UsageError("unknown option '" + name + "'", meant.empty() ? "" : "did you mean " + meant + "?");
  }

  [[noreturn]] void refuse_exclusion() const {
    for (const auto& option : set_.options()) {
      if (option.text.excludes.empty()) continue;
      if (made_.at(option.text.name)->empty() || made_.at(option.text.excludes)->empty()) continue;
      throw UsageError("--" + option.text.name + " and --" + option.text.excludes + " cannot stand together");
    }
    throw UsageError("two options exclude each other");
  }

  const OptionSet& set_;
  CLI::App app_;
  std::map<std::string, CLI::Option*> made_;
};

}  // namespace

std::optional<std::size_t> find_verb_position(const std::vector<std::string>& arguments,
                                              const OptionSet& known) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    switch (shape_of(arguments[i], known)) {
      case Shape::word:
        return i;
      case Shape::separator:
        return std::nullopt;
      case Shape::needs_next:
        ++i;
        break;
      case Shape::complete:
        break;
    }
  }
  return std::nullopt;
}

void parse_arguments(const std::vector<std::string>& arguments, const OptionSet& set) {
  auto own = arguments;
  if (set.command() != nullptr) *set.command() = split_command(own, set);
  Parser parser(set);
  if (!parser.parse(std::move(own))) set.find("help")->store({});
}

}  // namespace wheelyard::cli
