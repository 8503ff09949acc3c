#include "wheelyard/cli/completion_script.hpp"

#include <vector>

#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_options.hpp"

namespace wheelyard::cli {
namespace {

std::string joined(const std::vector<std::string>& words, char separator = ' ') {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : std::string(1, separator)) + word;
  return all;
}

std::vector<std::string> spellings(const Option& option) {
  std::vector<std::string> all{"--" + option.text.name};
  if (option.text.letter != 0) all.push_back(std::string("-") + option.text.letter);
  return all;
}

std::vector<std::string> names_of(const Verb& verb) {
  std::vector<std::string> names{std::string(verb.name)};
  if (!verb.alias.empty()) names.emplace_back(verb.alias);
  return names;
}

std::vector<std::string> shown_verbs() {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (verb.hidden) continue;
    for (auto& name : names_of(verb)) names.push_back(std::move(name));
  }
  return names;
}

std::string bash_values(Completes completes, const std::vector<std::string>& choices) {
  if (!choices.empty()) return "COMPREPLY=($(compgen -W '" + joined(choices) + "' -- \"$cur\"))";
  switch (completes) {
    case Completes::files:
      return "COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames";
    case Completes::folders:
      return "COMPREPLY=($(compgen -d -- \"$cur\")); compopt -o filenames";
    case Completes::nothing:
      break;
  }
  return "COMPREPLY=()";
}

/// The branch of one verb: the value of the option before the cursor, an option, or an argument.
std::string bash_verb(const Verb& verb) {
  const VerbOptions options(verb);
  std::string values;
  std::vector<std::string> words;
  for (const auto* option : shown_options(verb, options)) {
    for (const auto& spelling : spellings(*option)) words.push_back(spelling);
    if (!option->takes_value) continue;
    values += "        " + joined(spellings(*option), '|') + ") " +
              bash_values(option->text.completes, option->text.choices) + "; return ;;\n";
  }
  std::string branch = "    " + joined(names_of(verb), '|') + ")\n";
  if (!values.empty()) branch += "      case \"$prev\" in\n" + values + "      esac\n";
  branch += "      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '" + joined(words) +
            "' -- \"$cur\")); return; fi\n";
  if (options.set.command() != nullptr) {
    branch += "      COMPREPLY=($(compgen -c -- \"$cur\"))\n";
  } else if (!options.set.arguments().empty()) {
    const auto& argument = options.set.arguments().front();
    branch += "      " + bash_values(argument.completes, argument.choices) + "\n";
  }
  return branch + "      ;;\n";
}

/// Text inside the brackets of an _arguments specification.
std::string zsh_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string zsh_action(Completes completes, const std::vector<std::string>& choices) {
  if (!choices.empty()) return "(" + joined(choices) + ")";
  switch (completes) {
    case Completes::files:
      return "_files";
    case Completes::folders:
      return "_files -/";
    case Completes::nothing:
      break;
  }
  return " ";
}

std::string zsh_option(const Option& option) {
  const auto& text = option.text;
  std::string tail = "[" + zsh_text(text.help) + "]";
  if (option.takes_value)
    tail += ":" + zsh_text(text.value_name) + ":" + zsh_action(text.completes, text.choices);
  std::string lines;
  for (const auto& spelling : spellings(option)) {
    lines += "        " + shell_word((option.repeatable ? "*" : "") + spelling + tail) + " \\\n";
  }
  return lines;
}

std::string zsh_verb(const Verb& verb) {
  const VerbOptions options(verb);
  std::string branch = "    " + joined(names_of(verb), '|') + ")\n      _arguments -s \\\n";
  for (const auto* option : shown_options(verb, options)) branch += zsh_option(*option);
  for (const auto& argument : options.set.arguments()) {
    branch += "        " +
              shell_word((argument.repeatable ? "*:" : ":") + argument.name + ":" +
                         zsh_action(argument.completes, argument.choices)) +
              " \\\n";
  }
  if (options.set.command() != nullptr) branch += "        '*::program:_normal' \\\n";
  branch.erase(branch.rfind(" \\\n"));
  return branch + "\n      ;;\n";
}

std::string fish_option(const std::string& head, const Option& option) {
  const auto& text = option.text;
  std::string line = head + " -l " + text.name;
  if (text.letter != 0) line += std::string(" -s ") + text.letter;
  if (option.takes_value) {
    line += " -r";
    if (!text.choices.empty()) line += " -f -a " + shell_word(joined(text.choices));
    if (text.completes == Completes::folders) line += " -f -a '(__fish_complete_directories)'";
    if (text.completes == Completes::files) line += " -F";
  }
  return line + " -d " + shell_word(text.help) + "\n";
}

/// Prints the verb before the cursor; options and their values are passed over.
std::string fish_verb_function(const OptionSet& common) {
  std::string with_value;
  for (const auto& option : common.options()) {
    if (option.takes_value) with_value += " " + joined(spellings(option));
  }
  return "function __wheelyard_verb\n"
         "    set -l words (commandline -opc)[2..]\n"
         "    while set -q words[1]\n"
         "        switch $words[1]\n"
         "            case" +
         with_value +
         "\n"
         "                set -e words[1]\n"
         "            case '-*'\n"
         "            case '*'\n"
         "                echo $words[1]\n"
         "                return 0\n"
         "        end\n"
         "        set -e words[1]\n"
         "    end\n"
         "    return 1\n"
         "end\n";
}

std::string fish_verb(const Verb& verb) {
  const VerbOptions options(verb);
  const std::string head =
      "complete -c wheelyard -n 'contains -- (__wheelyard_verb) " + joined(names_of(verb)) + "'";
  std::string lines;
  for (const auto* option : shown_options(verb, options)) lines += fish_option(head, *option);
  for (const auto& argument : options.set.arguments()) {
    if (!argument.choices.empty()) lines += head + " -f -a " + shell_word(joined(argument.choices)) + "\n";
    if (argument.completes == Completes::files) lines += head + " -F\n";
  }
  if (options.set.command() != nullptr) lines += head + " -a '(__fish_complete_command)'\n";
  return lines;
}

}  // namespace

std::string bash_completion() {
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  std::vector<std::string> words = shown_verbs();
  std::string with_value;
  for (const auto& option : set.options()) {
    words.push_back("--" + option.text.name);
    if (option.takes_value) with_value += (with_value.empty() ? "" : "|") + joined(spellings(option), '|');
  }
  std::string script =
      "# wheelyard completion for bash: eval \"$(wheelyard completion bash)\"\n"
      "_wheelyard() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      " +
      with_value +
      ") ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) verb=${COMP_WORDS[i]}; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case $verb in\n"
      "    '') COMPREPLY=($(compgen -W '" +
      joined(words) + "' -- \"$cur\")) ;;\n";
  for (const auto& verb : verbs()) {
    if (!verb.hidden) script += bash_verb(verb);
  }
  return script + "  esac\n}\ncomplete -F _wheelyard wheelyard\n";
}

std::string zsh_completion() {
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  std::string script =
      "#compdef wheelyard\n"
      "# wheelyard completion for zsh: put it as _wheelyard into a folder of $fpath, or source it\n"
      "_wheelyard() {\n"
      "  local curcontext=$curcontext state line\n"
      "  typeset -A opt_args\n"
      "  local -a verbs=(\n";
  for (const auto& verb : verbs()) {
    if (verb.hidden) continue;
    for (const auto& name : names_of(verb))
      script += "    " + shell_word(name + ":" + zsh_text(verb.summary)) + "\n";
  }
  script +=
      "  )\n"
      "  _arguments -C \\\n";
  for (const auto& option : set.options()) script += zsh_option(option);
  script +=
      "        '1: :->verb' '*:: :->rest'\n"
      "  if [[ $state == verb ]]; then _describe verb verbs; return; fi\n"
      "  case $line[1] in\n";
  for (const auto& verb : verbs()) {
    if (!verb.hidden) script += zsh_verb(verb);
  }
  return script +
         "  esac\n}\nif [[ $funcstack[1] == _wheelyard ]]; then _wheelyard \"$@\"; else compdef _wheelyard "
         "wheelyard; fi\n";
}

std::string fish_completion() {
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  std::string script =
      "# wheelyard completion for fish: wheelyard completion fish > "
      "~/.config/fish/completions/wheelyard.fish\n"
      "complete -c wheelyard -f\n";
  script += fish_verb_function(set);
  const std::string before_verb = "complete -c wheelyard -n 'not __wheelyard_verb >/dev/null'";
  for (const auto& option : set.options()) script += fish_option(before_verb, option);
  for (const auto& verb : verbs()) {
    if (verb.hidden) continue;
    for (const auto& name : names_of(verb)) {
      script += before_verb + " -a " + name + " -d " + shell_word(verb.summary) + "\n";
    }
  }
  for (const auto& verb : verbs()) {
    if (!verb.hidden) script += fish_verb(verb);
  }
  return script;
}

}  // namespace wheelyard::cli
