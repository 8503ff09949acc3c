#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/release/hint_command.hpp"

namespace wheelyard::cli {
namespace {

class Rollback : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(request_.version,
                  {.name = "to", .value_name = "VERSION", .help = "which one; else the one before"});
    options.value(request_.note,
                  {.name = "note", .value_name = "TEXT", .help = "for the history", .may_be_empty = true});
    options.argument(name_, {.name = "NAME", .help = "the release", .required = true});
    options.argument(rank_, {.name = "RANK", .help = "the rank that goes back", .required = true});
  }

  int act(Session& session, OpenedPipeline& opened) override {
    request_.name = name_.front();
    request_.rank = rank_.front();
    request_.progress = session.progress("rolling back");
    print_step(session.output(), opened.pipeline->rollback(request_), opened.url);
    return exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  std::string after_interrupt() const override {
    if (!request_.version.empty()) return ReleaseCommand::after_interrupt();
    return release::hint_command("status", name_.front()) +
           " shows whether it was done; with --to it may be run again, without it goes back one more";
  }

  release::RollbackRequest request_;
  std::vector<std::string> name_;
  std::vector<std::string> rank_;
};

}  // namespace

Verb release_rollback_verb() {
  return {
      .name = "rollback",
      .summary = "put an earlier release of a rank back",
      .description =
          "The release comes out of the archive: no bytes are uploaded. No gate is asked, since it stood "
          "there "
          "before. Rolling back twice goes back two releases: what was rolled back from is gone to only by "
          "--to.",
      .examples = {{"wheelyard release rollback my.tar.gz production", "the release before this one"},
                   {"wheelyard release rollback my.tar.gz production --to 1.1 --note 'login is broken'",
                    "a certain one that stood there"}},
      .common = CommonUse::store,
      .group = "release",
      .shown_by = "wheelyard release status",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Rollback>()); },
  };
}

}  // namespace wheelyard::cli
