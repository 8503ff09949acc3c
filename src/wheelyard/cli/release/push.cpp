#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"

namespace wheelyard::cli {
namespace {

class Push : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(request_.version,
                  {.name = "version",
                   .value_name = "V",
                   .help = "the release's version: a number, a commit, a tag; else a random one"});
    options.value(request_.name, {.name = "name",
                                  .value_name = "NAME",
                                  .help = "the release's name; else that of the file, where it is one"});
    options.value(request_.note,
                  {.name = "note", .value_name = "TEXT", .help = "for the history", .may_be_empty = true});
    options.flag(request_.take_over,
                 {.name = "take-over",
                  .help = "take the version from a push of other bytes that was begun elsewhere and is "
                          "certainly dead"});
    options.argument(files_, {.name = "FILE",
                              .help = "the release's files",
                              .required = true,
                              .repeatable = true,
                              .completes = Completes::files});
  }

  int act(Session& session, OpenedPipeline& opened) override {
    request_.files.assign(files_.begin(), files_.end());
    request_.progress = session.progress("pushing", Session::Counted::bytes);
    print_step(session.output(), opened.pipeline->push(request_), opened.url);
    return exit_success;
  }

  release::PushRequest request_;
  std::vector<std::string> files_;
};

}  // namespace

Verb release_push_verb() {
  return {
      .name = "push",
      .summary = "upload a release into the first rank",
      .description =
          "A release is one file or many, whole in a rank or not there. A version stands for the same bytes "
          "for "
          "ever: pushing the same bytes again succeeds and changes nothing, other bytes are refused. The "
          "bytes go to "
          "archive/VERSION/FILE once; the first rank's keys are copies of them.",
      .examples = {{"wheelyard release push --version 1.2 my.tar.gz", "one file, into the first rank"},
                   {"wheelyard release push --name app --version 1.2 dist/*", "many files as one release"},
                   {"wheelyard release push --version 839de03f --note 'fixes the login' my.tar.gz",
                    "with a note for the history"}},
      .common = CommonUse::store,
      .group = "release",
      .shown_by = "wheelyard release status",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Push>()); },
  };
}

}  // namespace wheelyard::cli
