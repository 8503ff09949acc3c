#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/cli/options.hpp"

namespace wheelyard::cli {

class Session;

/// How the program ends.
enum ExitStatus : int {
  exit_success = 0,
  exit_failure = 1,
  exit_usage = 2,
};

/// One run of a verb: `declare` ties its options to its members, the parser fills them, `run` does the work.
class Command {
 public:
  virtual ~Command() = default;
  virtual void declare(OptionSet& options) = 0;
  /// The exit status. Throws Error and UsageError.
  virtual int run(Session& session) = 0;
};

struct Example {
  std::string_view command;
  std::string_view explanation;
};

/// What is known of a verb without building its options.
struct Verb {
  std::string_view name;
  std::string_view alias{};      ///< a second name; "" for none
  std::string_view summary;      ///< a line, without a full stop
  std::string_view description;  ///< paragraphs, split by empty lines
  std::vector<Example> examples;
  CommonUse common = CommonUse::repository;
  /// Under --json it prints an event a line (https://jsonlines.org), else one document.
  bool json_lines = false;
  bool hidden = false;       ///< in no list of verbs
  bool own_signals = false;  ///< deals with SIGINT and SIGTERM itself
  bool by_name = false;      ///< a program that is called by this name is this verb
  /// Of a group ("release"): what stands behind it, in the order of the help. Its own options are understood
  /// by each of them, and may stand before their names. Alone it has nothing to do but `--help`.
  std::vector<Verb> verbs{};
  std::string_view group{};  ///< the verb that it stands behind; "" for none
  /// What shows what it has done, where that cannot be printed and doing it again would do more.
  std::string_view shown_by{};
  /// Its help where that has a layout of its own; `own`: so many options of the set are the verb's.
  std::string (*help)(const OptionSet& set, std::size_t own) = nullptr;
  std::unique_ptr<Command> (*make)() = nullptr;
};

/// The table of verbs in the order of the help. To add one: its file with a `…_verb()`, and a line in
/// verbs.cpp.
std::span<const Verb> verbs();
/// The same with what stands behind groups, each right after its group.
std::vector<const Verb*> all_verbs();
/// Null where there is none of that name.
const Verb* find_verb(std::string_view name);
/// Behind a group.
const Verb* find_verb(const Verb& group, std::string_view name);
/// As it is typed: "publish", "release push".
std::string full_name(const Verb& verb);

}  // namespace wheelyard::cli
