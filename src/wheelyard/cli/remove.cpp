#include <iostream>

#include <unistd.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/spec_argument.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Remove : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(yes_, {.name = "yes", .letter = 'y', .help = "do not ask"});
    options.flag(dry_run_,
                 {.name = "dry-run", .letter = 'n', .help = "say what would be removed, removing nothing"});
    declare_acl(options, acl_);
    options.argument(specs_, spec_argument());
  }

  int run(Session& session) override {
    auto& output = session.output();
    check_specs(specs_);
    const bool can_ask = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !output.json();
    if (!yes_ && !dry_run_ && !can_ask) {
      throw UsageError("this removes files for good, and there is no terminal to ask on",
                       "say --yes to remove them, or --dry-run to see which they are");
    }
    const auto opened = session.open_repository();
    index::SelectRequest request;
    request.specs = specs_;
    request.acl = acl_;
    if (!yes_ && !dry_run_) {
      request.dry_run = true;
      if (!confirmed(output, opened.repository->remove(request), opened.url)) {
        output.note("nothing was removed");
        return exit_failure;
      }
    }
    request.dry_run = dry_run_;
    const auto report = opened.repository->remove(request);
    output.progress("");
    if (output.json()) {
      output.document(remove_json(report, opened.url, dry_run_));
      return exit_success;
    }
    for (const auto& file : report.files) {
      const std::string word = dry_run_ ? "would remove" : "removed";
      output.line(output.paint(Style::yellow, word) + "  " + printable(file.filename));
    }
    return exit_success;
  }

 private:
  static bool confirmed(Output& output, const index::SelectReport& report, const std::string& url) {
    output.progress("");
    for (const auto& file : report.files) output.diagnostic("  " + printable(file.filename));
    output.diagnostic("Remove " + count_of(report.files.size(), "file") + " from " + url +
                      " for good? [y/N]");
    std::string answer;
    std::getline(std::cin, answer);
    check_interrupt();
    return answer == "y" || answer == "Y" || answer == "yes";
  }

  bool yes_ = false;
  bool dry_run_ = false;
  std::string acl_;
  std::vector<std::string> specs_;
};

}  // namespace

Verb remove_verb() {
  return {
      .name = "remove",
      .summary = "take files out of the index, then delete them",
      .description =
          "The files are gone for good, and whoever pins them cannot install any more: 'wheelyard yank' is "
          "kinder. Asks on a terminal; elsewhere --yes must be given.",
      .examples = {{"wheelyard remove acme==1.2rc1", "one version, after asking"},
                   {"wheelyard remove --yes 'acme<0.5'", "in a script"},
                   {"wheelyard remove --dry-run acme", "see what a whole project would lose"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Remove>()); },
  };
}

}  // namespace wheelyard::cli
