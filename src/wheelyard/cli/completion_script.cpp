#include "wheelyard/cli/completion_script.hpp"

#include <vector>

#include "wheelyard/base/text.hpp"
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

std::vector<std::string> shown_names(std::span<const Verb> table) {
  std::vector<std::string> names;
  for (const auto& verb : table) {
    if (verb.hidden) continue;
    for (auto& name : names_of(verb)) names.push_back(std::move(name));
  }
  return names;
}

/// All that are shown, those behind groups as well.
std::vector<const Verb*> shown_verbs() {
  auto shown = all_verbs();
  std::erase_if(shown, [](const Verb* verb) {
    return verb->hidden || (!verb->group.empty() && find_verb(verb->group)->hidden);
  });
  return shown;
}

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (!verb.verbs.empty() && !verb.hidden) names.emplace_back(verb.name);
  }
  return names;
}

/// "yank", "stat|head", "'release push'".
std::string bash_pattern(const Verb& verb) {
  std::string pattern;
  for (const auto& name : names_of(verb)) {
    const std::string typed = verb.group.empty() ? name : "'" + std::string(verb.group) + " " + name + "'";
    pattern += (pattern.empty() ? "" : "|") + typed;
  }
  return pattern;
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

/// The spellings of options with a value.
std::vector<std::string> with_value(std::span<const Option> options) {
  std::vector<std::string> all;
  for (const auto& option : options) {
    if (!option.takes_value) continue;
    for (auto& spelling : spellings(option)) all.push_back(std::move(spelling));
  }
  return all;
}

/// Of those that may stand before the end of a verb's name: the common ones and those of groups.
std::vector<std::string> with_value_before_verbs(const OptionSet& common) {
  auto all = with_value(common.options());
  for (const auto& name : group_names()) {
    const VerbOptions options(*find_verb(name));
    for (auto& spelling : with_value(std::span(options.set.options()).first(options.own)))
      all.push_back(std::move(spelling));
  }
  return all;
}

/// What may stand for an argument. Of several, the one whose turn it is: words before the cursor are counted.
std::string bash_arguments(const OptionSet& set) {
  const auto& arguments = set.arguments();
  if (arguments.empty()) return "";
  const auto offer = [](const Argument& argument) {
    return bash_values(argument.completes, argument.choices);
  };
  if (arguments.size() == 1 || arguments.front().repeatable)
    return "      " + offer(arguments.front()) + "\n";
  std::string lines =
      "      local n=0\n"
      "      for ((i++; i < COMP_CWORD; i++)); do\n"
      "        case ${COMP_WORDS[i]} in " +
      joined(with_value(set.options()), '|') +
      ") ((i++)) ;; -*) ;; *) ((n++)) ;; esac\n      done\n      case $n in\n";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool last = i + 1 == arguments.size();
    lines += "        " + (last ? "*" : std::to_string(i)) + ") " + offer(arguments[i]) + " ;;\n";
  }
  return lines + "      esac\n";
}

/// The branch of one verb: the value of the option before the cursor, an option, or an argument. Of a group:
/// the verbs behind it.
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
  std::string branch = "    " + bash_pattern(verb) + ")\n";
  if (!values.empty()) branch += "      case \"$prev\" in\n" + values + "      esac\n";
  branch += "      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '" + joined(words) +
            "' -- \"$cur\")); return; fi\n";
  if (options.set.command() != nullptr) {
    branch += "      COMPREPLY=($(compgen -c -- \"$cur\"))\n";
  } else if (!verb.verbs.empty()) {
    branch += "      " + bash_values(Completes::nothing, shown_names(verb.verbs)) + "\n";
  } else {
    branch += bash_arguments(options.set);
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

std::string zsh_descriptions(std::span<const Verb> table) {
  std::string lines;
  for (const auto& verb : table) {
    if (verb.hidden) continue;
    for (const auto& name : names_of(verb))
      lines += "    " + shell_word(name + ":" + zsh_text(verb.summary)) + "\n";
  }
  return lines;
}

std::string zsh_verb(const Verb& verb) {
  const VerbOptions options(verb);
  std::string branch = "    " + joined(names_of(verb), '|') + ")\n      _arguments " +
                       (verb.verbs.empty() ? "-s" : "-C") + " \\\n";
  for (const auto* option : shown_options(verb, options)) branch += zsh_option(*option);
  if (!verb.verbs.empty()) {
    branch += "        '1: :->inner' '*:: :->rest'\n      verbs=(\n" + zsh_descriptions(verb.verbs) +
              "      )\n"
              "      if [[ $state == inner ]]; then _describe verb verbs; return; fi\n"
              "      case $line[1] in\n";
    for (const auto& inner : verb.verbs) {
      if (!inner.hidden) branch += zsh_verb(inner);
    }
    return branch + "      esac\n      ;;\n";
  }
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

/// Prints the verb before the cursor, "yank" or "release/push"; options and their values are passed over.
std::string fish_verb_function(const OptionSet& common) {
  return "function __wheelyard_verb\n"
         "    set -l words (commandline -opc)[2..]\n"
         "    set -l verb\n"
         "    while set -q words[1]\n"
         "        switch $words[1]\n"
         "            case " +
         joined(with_value_before_verbs(common)) +
         "\n"
         "                set -e words[1]\n"
         "            case '-*'\n"
         "            case '*'\n"
         "                set -a verb $words[1]\n"
         "                contains -- $verb[1] " +
         joined(group_names()) +
         "; and not set -q verb[2]; or break\n"
         "        end\n"
         "        set -e words[1]\n"
         "    end\n"
         "    set -q verb[1]; and string join / $verb\n"
         "end\n";
}

/// As __wheelyard_verb prints it.
std::vector<std::string> fish_names(const Verb& verb) {
  auto names = names_of(verb);
  if (!verb.group.empty()) {
    for (auto& name : names) name = std::string(verb.group) + "/" + name;
  }
  return names;
}

std::string fish_verb(const Verb& verb) {
  const VerbOptions options(verb);
  const std::string head =
      "complete -c wheelyard -n 'contains -- (__wheelyard_verb) " + joined(fish_names(verb)) + "'";
  std::string lines;
  for (const auto& inner : verb.verbs) {
    if (inner.hidden) continue;
    for (const auto& name : names_of(inner))
      lines += head + " -f -a " + name + " -d " + shell_word(inner.summary) + "\n";
  }
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
  std::vector<std::string> words = shown_names(verbs());
  for (const auto& option : set.options()) words.push_back("--" + option.text.name);
  // A group's name alone is not the whole verb yet.
  const std::string groups = group_names().empty() ? "''" : joined(group_names(), '|');
  std::string script =
      "# wheelyard completion for bash: eval \"$(wheelyard completion bash)\"\n"
      "_wheelyard() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      " +
      joined(with_value_before_verbs(set), '|') +
      ") ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) verb=${verb:+$verb }${COMP_WORDS[i]}; case $verb in " +
      groups +
      ") ;; *) break ;; esac ;;\n"
      "    esac\n"
      "  done\n"
      "  case $verb in\n"
      "    '') COMPREPLY=($(compgen -W '" +
      joined(words) + "' -- \"$cur\")) ;;\n";
  for (const auto* verb : shown_verbs()) script += bash_verb(*verb);
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
  script += zsh_descriptions(verbs());
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
  for (const auto* verb : shown_verbs()) script += fish_verb(*verb);
  return script;
}

}  // namespace wheelyard::cli
