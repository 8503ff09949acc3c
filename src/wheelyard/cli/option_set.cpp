#include "wheelyard/cli/option_set.hpp"

#include <algorithm>
#include <charconv>

#include "wheelyard/base/duration.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/units.hpp"

namespace wheelyard::cli {
namespace {

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

void check_choice(const OptionText& text, const std::string& given) {
  if (text.choices.empty() || std::ranges::find(text.choices, given) != text.choices.end()) return;
  throw UsageError("--" + text.name + " cannot be '" + given + "'", "it is one of " + list_of(text.choices));
}

std::uint64_t parse_number(const std::string& name, const std::string& given, std::uint64_t least,
                           std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* end = given.data() + given.size();
  const auto [stop, problem] = std::from_chars(given.data(), end, number);
  if (problem != std::errc{} || stop != end || number < least || number > most) {
    throw UsageError("--" + name + " cannot be '" + given + "'",
                     "it is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

}  // namespace

void OptionSet::flag(bool& target, OptionText text) {
  Option option;
  option.text = std::move(text);
  option.store = [&target](const std::string&) { target = true; };
  options_.push_back(std::move(option));
}

void OptionSet::flag_off(bool& target, OptionText text) {
  Option option;
  option.text = std::move(text);
  option.store = [&target](const std::string&) { target = false; };
  options_.push_back(std::move(option));
}

void OptionSet::value(std::optional<std::string>& target, OptionText text) {
  Option option;
  option.takes_value = true;
  option.store = [&target, text](const std::string& given) {
    if (!given.empty()) check_choice(text, given);
    target = given;
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::value(std::string& target, OptionText text) {
  Option option;
  option.takes_value = true;
  option.default_text = target;
  option.store = [&target, text](const std::string& given) {
    if (given.empty() && !text.may_be_empty) {
      throw UsageError("--" + text.name + " is given without a value",
                       "leave it out, or see that the variable behind it is set");
    }
    check_choice(text, given);
    target = given;
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::values(std::vector<std::string>& target, OptionText text) {
  Option option;
  option.takes_value = true;
  option.repeatable = true;
  option.store = [&target, text](const std::string& given) {
    check_choice(text, given);
    target.push_back(given);
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::number(std::uint64_t& target, std::uint64_t least, std::uint64_t most, OptionText text) {
  Option option;
  option.takes_value = true;
  if (target >= least) option.default_text = std::to_string(target);
  option.store = [&target, least, most, name = text.name](const std::string& given) {
    target = parse_number(name, given, least, most);
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::number(std::optional<std::uint64_t>& target, std::uint64_t least, std::uint64_t most,
                       OptionText text) {
  Option option;
  option.takes_value = true;
  option.store = [&target, least, most, name = text.name](const std::string& given) {
    target = parse_number(name, given, least, most);
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::bytes(std::uint64_t& target, std::uint64_t least, std::uint64_t most, OptionText text) {
  Option option;
  option.takes_value = true;
  if (target != 0) option.default_text = human_size(target);
  option.store = [&target, least, most, name = text.name](const std::string& given) {
    const auto number = parse_bytes(given);
    if (!number || *number < least || *number > most) {
      throw UsageError("--" + name + " cannot be '" + given + "'",
                       "it is a number of bytes from " + human_size(least) + " to " + human_size(most) +
                           ", like 8388608, 8M or 8MiB");
    }
    target = *number;
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::duration(std::chrono::seconds& target, OptionText text) {
  add_duration(target, std::move(text), false);
}

void OptionSet::age(std::chrono::seconds& target, OptionText text) {
  add_duration(target, std::move(text), true);
}

void OptionSet::add_duration(std::chrono::seconds& target, OptionText text, bool with_unit) {
  Option option;
  option.takes_value = true;
  if (target.count() != 0) option.default_text = duration_text(target);
  option.store = [&target, with_unit, name = text.name](const std::string& given) {
    const auto span = parse_duration(given);
    if (!span || span->count() == 0 || (with_unit && is_digit(given.back()))) {
      throw UsageError("--" + name + " cannot be '" + given + "'", "it is a time like 90s, 15m, 1h or 7d");
    }
    target = *span;
  };
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::each(std::function<void(const std::string&)> take, OptionText text) {
  Option option;
  option.takes_value = true;
  option.repeatable = true;
  option.in_order = true;
  option.store = std::move(take);
  option.text = std::move(text);
  options_.push_back(std::move(option));
}

void OptionSet::argument(std::vector<std::string>& target, Argument argument) {
  argument.values = &target;
  arguments_.push_back(std::move(argument));
}

void OptionSet::command_line(std::vector<std::string>& target, std::string help) {
  command_ = &target;
  command_help_ = std::move(help);
}

void OptionSet::drop_taken() {
  std::vector<Option> kept;
  for (auto& option : options_) {
    if (std::ranges::none_of(kept, [&](const Option& each) { return each.text.name == option.text.name; }))
      kept.push_back(std::move(option));
  }
  options_ = std::move(kept);
  for (auto& option : options_) {
    if (option.text.letter != 0 && find(option.text.letter) != &option) option.text.letter = 0;
  }
}

const Option* OptionSet::find(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, [](const Option& option) { return option.text.name; });
  return found == options_.end() ? nullptr : &*found;
}

const Option* OptionSet::find(char letter) const {
  const auto found =
      std::ranges::find(options_, letter, [](const Option& option) { return option.text.letter; });
  return found == options_.end() ? nullptr : &*found;
}

}  // namespace wheelyard::cli
