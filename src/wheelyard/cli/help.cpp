#include "wheelyard/cli/help.hpp"

#include <algorithm>
#include <span>

#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_options.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t help_width = 96;
constexpr std::string_view tagline = "Publish and install Python packages straight from object storage.";

std::string option_spelling(const Option& option) {
  const auto& text = option.text;
  std::string spelling = text.letter != 0 ? std::string("-") + text.letter + ", " : "    ";
  spelling += "--" + text.name;
  return option.takes_value ? spelling + " " + text.value_name : spelling;
}

std::string option_sentence(const Option& option) {
  const auto& text = option.text;
  std::string sentence = text.help;
  if (!text.choices.empty()) {
    std::string choices;
    for (const auto& choice : text.choices) choices += (choices.empty() ? "" : ", ") + choice;
    sentence += ": " + choices;
  }
  if (!option.default_text.empty()) sentence += " [default: " + option.default_text + "]";
  if (!text.environment.empty()) sentence += " [environment: " + text.environment + "]";
  return sentence;
}

std::string argument_spelling(const Argument& argument) {
  const std::string name = argument.name + (argument.repeatable ? "…" : "");
  return argument.required ? name : "[" + name + "]";
}

std::string usage_line(const Verb& verb, const OptionSet& set) {
  std::string usage = "wheelyard " + full_name(verb) + (verb.verbs.empty() ? "" : " VERB") + " [OPTION…]";
  for (const auto& argument : set.arguments()) usage += " " + argument_spelling(argument);
  if (set.command() != nullptr) usage += " -- PROGRAM [ARGUMENT…]";
  return usage;
}

std::string names_of(const Verb& verb) {
  return std::string(verb.name) + (verb.alias.empty() ? "" : ", " + std::string(verb.alias));
}

/// "  left   right, wrapped under itself".
std::string entry(std::string_view left, std::string_view right, std::size_t column) {
  std::string text = wrapped(right, help_width, column);
  const std::string head = "  " + std::string(left);
  if (head.size() + 1 < column) return text.replace(0, head.size(), head);
  return head + "\n" + text;
}

std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return found;
}

std::string example_lines(const std::vector<Example>& examples) {
  std::string lines;
  for (const auto& example : examples) {
    lines += "  # " + std::string(example.explanation) + "\n  " + std::string(example.command) + "\n";
  }
  return lines;
}

/// The end of the link to a verb's part of the page.
std::string anchor_of(const Verb& verb) {
  return verb.group.empty() ? std::string(verb.name) : std::string(verb.group) + "-" + std::string(verb.name);
}

/// Rows of a table that lead to the verbs' parts of the page.
std::string markdown_rows(std::span<const Verb> table) {
  std::string rows;
  for (const auto& verb : table) {
    if (!verb.hidden)
      rows += "| [" + names_of(verb) + "](#" + anchor_of(verb) + ") | " + std::string(verb.summary) + " |\n";
  }
  return rows;
}

std::string verb_entries(std::span<const Verb> table) {
  std::string entries;
  for (const auto& verb : table) {
    if (!verb.hidden) entries += entry(names_of(verb), verb.summary, 14);
  }
  return entries;
}

/// Whether the option is described with the verb's group already.
bool is_of_group(const Option& option, const Verb& verb) {
  if (verb.group.empty()) return false;
  const VerbOptions group(*find_verb(verb.group));
  const auto of_group = std::span(group.set.options()).first(group.own);  // push has a --version of its own
  return std::ranges::any_of(of_group,
                             [&](const Option& each) { return each.text.name == option.text.name; });
}

std::string markdown_verb(const Verb& verb) {
  const VerbOptions options(verb);
  std::string page = (verb.group.empty() ? "## " : "### ") + full_name(verb) + "\n\n`" +
                     usage_line(verb, options.set) + "`\n\n";
  for (const auto& paragraph : paragraphs(verb.description)) page += wrapped(paragraph, 110, 0) + "\n";
  if (!verb.verbs.empty())
    page += "| verb | |\n|---|---|\n" + markdown_rows(verb.verbs) + "\nOptions of all of them:\n\n";
  page += "| | |\n|---|---|\n";
  const auto row = [&page](const std::string& left, const std::string& right) {
    page += "| `" + left + "` | " + right + " |\n";
  };
  for (const auto& argument : options.set.arguments()) row(argument_spelling(argument), argument.help);
  if (options.set.command() != nullptr) row("PROGRAM [ARGUMENT…]", options.set.command_help());
  for (std::size_t i = 0; i < options.own; ++i) {
    const auto& option = options.set.options()[i];
    const std::string spelling = option_spelling(option);
    if (!option.text.hidden && !is_of_group(option, verb))
      row(spelling.substr(spelling.find('-')), option_sentence(option));
  }
  if (page.ends_with("|---|---|\n")) page.erase(page.rfind("| | |"));
  if (!verb.examples.empty()) {
    page += "\n```sh\n";
    for (const auto& example : verb.examples) {
      page += "# " + std::string(example.explanation) + "\n" + std::string(example.command) + "\n";
    }
    page += "```\n";
  }
  page += "\n";
  for (const auto& inner : verb.verbs) {
    if (!inner.hidden) page += markdown_verb(inner);
  }
  return page;
}

}  // namespace

std::string program_help() {
  std::string help = std::string(tagline) + "\n\nUsage: wheelyard VERB [OPTION…]\n\nVerbs:\n";
  help += verb_entries(verbs());
  help += "\nOptions of every verb, before or after it:\n";
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  for (const auto& option : set.options())
    help += entry(option_spelling(option), option_sentence(option), 28);
  help += "\nExamples:\n";
  help += "  wheelyard publish --repo s3://acme-wheels/simple dist/*\n";
  help += "  wheelyard exec --repo s3://acme-wheels/simple -- pip install acme\n";
  help += "\n'wheelyard VERB --help' says more of each verb.\n";
  help += "Exit status: 0 done, 1 failed or something is wrong, 2 wrong command line.\n";
  return help;
}

std::string verb_help(const Verb& verb) {
  const VerbOptions options(verb);
  if (verb.help != nullptr) return verb.help(options.set, options.own);
  std::string help = "Usage: " + usage_line(verb, options.set) + "\n\n";
  for (const auto& paragraph : paragraphs(verb.description)) help += wrapped(paragraph, help_width, 0) + "\n";
  if (!verb.verbs.empty()) help += "Verbs:\n" + verb_entries(verb.verbs) + "\n";
  if (!options.set.arguments().empty() || options.set.command() != nullptr) {
    help += "Arguments:\n";
    for (const auto& argument : options.set.arguments()) help += entry(argument.name, argument.help, 28);
    if (options.set.command() != nullptr) help += entry("PROGRAM", options.set.command_help(), 28);
    help += "\n";
  }
  help += "Options:\n";
  for (const auto* option : shown_options(verb, options)) {
    help += entry(option_spelling(*option), option_sentence(*option), 28);
  }
  if (!verb.examples.empty()) help += "\nExamples:\n" + example_lines(verb.examples);
  if (!verb.verbs.empty())
    help += "\n'wheelyard " + full_name(verb) + " VERB --help' says more of each verb.\n";
  return help;
}

std::string markdown_help() {
  std::string page =
      "# The command line\n\n<!-- Made by `wheelyard help --markdown`; a test holds it against the program. "
      "-->\n\n" +
      std::string(tagline) + "\n\n`wheelyard VERB [OPTION…]`\n\n| verb | |\n|---|---|\n";
  page += markdown_rows(verbs());
  page += "\n## Options of every verb\n\nThey stand before or after the verb.\n\n| | |\n|---|---|\n";
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  for (const auto& option : set.options()) {
    const std::string spelling = option_spelling(option);
    page += "| `" + spelling.substr(spelling.find('-')) + "` | " + option_sentence(option) + " |\n";
  }
  page +=
      "\n## Exit status\n\n| status | |\n|---|---|\n| 0 | done |\n| 1 | failed, or `verify` found something "
      "wrong |\n"
      "| 2 | wrong command line or configuration |\n| 130 | interrupted (128 and the signal) |\n| 141 | "
      "whoever read standard "
      "output "
      "has gone |\n\n`exec` ends with the status of the program that it ran.\n\n"
      "Under `--json` a failure is `{\"error\": {\"code\", \"message\", \"hint\", \"target\", "
      "\"http_status\", "
      "\"server_code\", \"request_id\"}}` on standard output, with \"refusal\" where a step of the release "
      "pipeline was refused. `ls`, `du`, `stat`, `rm`, `cp`, `mv` and "
      "`sync` print an event a line (JSON Lines), the last of them mostly a summary.\n\n";
  for (const auto& verb : verbs()) {
    if (!verb.hidden) page += markdown_verb(verb);
  }
  while (page.ends_with("\n\n")) page.pop_back();
  return page;
}

}  // namespace wheelyard::cli
