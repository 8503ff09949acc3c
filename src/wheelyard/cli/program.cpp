#include "wheelyard/cli/program.hpp"

#include <algorithm>
#include <filesystem>

#include <signal.h>

#include "wheelyard/base/nearest_word.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/help.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/parser.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_options.hpp"
#include "wheelyard/cli/wrong_input.hpp"

namespace wheelyard::cli {
namespace {

constexpr int exit_output_closed = 128 + SIGPIPE;

/// Known before anything is parsed, so that a wrong command line is reported in JSON too.
bool has_flag(const std::vector<std::string>& arguments, std::string_view flag) {
  for (const auto& argument : arguments) {
    if (argument == "--") return false;
    if (argument == flag) return true;
  }
  return false;
}

/// A link to the program with the name of a verb is that verb: s3pypi, s3upload, s3p.
void apply_program_name(std::vector<std::string>& arguments, const std::string& program) {
  const std::string name = std::filesystem::path(program).filename().string();
  if (const Verb* verb = find_verb(name); verb != nullptr && verb->by_name)
    arguments.insert(arguments.begin(), name);
}

void print_version(Output& output) {
  const std::string version(program_version());
  if (output.json()) {
    output.document(text_json({{"name", "wheelyard"}, {"version", version}}));
  } else {
    output.line("wheelyard " + version);
  }
}

void print_help(Output& output, std::string text) {
  text.pop_back();  // the line's end
  if (output.json()) {
    output.document(text_json({{"help", text}}));
  } else {
    output.line(text);
  }
}

/// No verb: --help, --version, or a wrong command line.
int run_without_verb(const std::vector<std::string>& arguments, Output& output) {
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  parse_arguments(arguments, set);
  if (common.version) {
    print_version(output);
  } else if (common.help) {
    print_help(output, program_help());
  } else {
    throw UsageError("no verb is given",
                     "the verbs are publish, list, yank, remove, verify, serve, exec, cp, sync, ls and more");
  }
  return exit_success;
}

int run_verb(const Verb& verb, const std::vector<std::string>& arguments, Output& output) {
  VerbOptions options(verb);
  output.set_modes(output.json(), output.quiet(), verb.json_lines);
  parse_arguments(arguments, options.set);
  if (options.common.help) {
    print_help(output, verb_help(verb));
    return exit_success;
  }
  if (options.common.version) {
    print_version(output);
    return exit_success;
  }
  output.set_modes(options.common.json, options.common.quiet, verb.json_lines);
  if (!verb.own_signals) install_interrupt_handlers();
  Session session(options.common, output, auth::process_environment());
  return options.command->run(session);
}

/// The verb behind a group, taken out of the arguments. Null where none is named.
const Verb* take_inner_verb(const Verb& group, std::vector<std::string>& arguments) {
  if (group.verbs.empty()) return nullptr;
  const VerbOptions options(group);
  const auto position = find_verb_position(arguments, options.set);
  if (!position) return nullptr;
  const Verb* verb = find_verb(group, arguments[*position]);
  if (verb == nullptr) throw unknown_verb(arguments[*position], &group);
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(*position));
  return verb;
}

int guarded(Output& output, const std::string& verb, const auto& work) {
  try {
    return work();
  } catch (const UsageError& error) {
    print_usage_error(output, error, verb);
    return exit_usage;
  } catch (const OutputClosed&) {
    throw;
  } catch (const Error& error) {
    output.progress("");
    if (interrupted_by() != 0) {
      print_error(output, Error(ErrorCode::cancelled, "finish", verb, "it was interrupted",
                                std::string(interrupt_hint)));
      return 128 + interrupted_by();
    }
    print_error(output, error);
    return dynamic_cast<const WrongInput*>(&error) != nullptr ? exit_usage : exit_failure;
  } catch (const std::exception& error) {
    output.progress("");
    print_internal_error(output, error);
    return exit_failure;
  }
}

/// What to do where the result could not be written.
std::string hint_of_lost_result(const Verb* verb, int status) {
  const bool has_look = verb != nullptr && !verb->shown_by.empty();
  const std::string look =
      has_look ? "look with '" + std::string(verb->shown_by) + "'" : "look at what it was to change";
  if (status != exit_success)
    return "the work itself had failed before: " + look + " before you run it again";
  return has_look ? "the work itself is done, do not run it again: " + look
                  : "the work itself is done: " + look + " before you run it again";
}

/// Results that could not be written are no success. It is told on standard error, under --json too.
int write_results(Output& output, const Verb* verb, int status) {
  try {
    output.flush();
    return status;
  } catch (const Error& error) {
    print_error_text(output, error.with_hint(hint_of_lost_result(verb, status)));
    return status != exit_success ? status : exit_failure;
  }
}

}  // namespace

UsageError unknown_verb(std::string_view name, const Verb* group) {
  const std::string before = group == nullptr ? "" : full_name(*group) + " ";
  std::vector<std::string> known;
  for (const auto& verb : group == nullptr ? verbs() : std::span<const Verb>(group->verbs)) {
    known.emplace_back(verb.name);
    if (!verb.alias.empty()) known.emplace_back(verb.alias);
  }
  const std::string meant = nearest_word(name, known);
  return UsageError("there is no verb '" + before + std::string(name) + "'",
                    meant.empty() ? "" : "did you mean '" + before + meant + "'?");
}

int run_program(const std::vector<std::string>& program_arguments) {
  signal(SIGPIPE, SIG_IGN);  // a closed connection or reader is an error to report, not a death
  std::vector<std::string> arguments(program_arguments.begin() + 1, program_arguments.end());
  apply_program_name(arguments, program_arguments.front());

  Output output(Output::detect(has_flag(arguments, "--json"),
                               has_flag(arguments, "--quiet") || has_flag(arguments, "-q")));
  std::string verb_name;
  const Verb* verb = nullptr;
  const auto work = [&]() -> int {
    CommonOptions common;
    OptionSet set;
    declare_common_options(set, common);
    const auto position = find_verb_position(arguments, set);
    if (!position) return run_without_verb(arguments, output);
    verb = find_verb(arguments[*position]);
    if (verb == nullptr) throw unknown_verb(arguments[*position]);
    verb_name = verb->name;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(*position));
    if (const Verb* inner = take_inner_verb(*verb, arguments)) verb = inner;
    verb_name = full_name(*verb);
    return run_verb(*verb, arguments, output);
  };
  try {
    return write_results(output, verb, guarded(output, verb_name, work));
  } catch (const OutputClosed&) {
    return exit_output_closed;
  }
}

}  // namespace wheelyard::cli
