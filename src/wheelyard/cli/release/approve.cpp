#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"

namespace wheelyard::cli {
namespace {

class Approve : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(request_.note,
                  {.name = "note", .value_name = "TEXT", .help = "for the history", .may_be_empty = true});
    options.value(request_.from, {.name = "from",
                                  .value_name = "RANK",
                                  .help = "the earlier rank that 'promote --from' is to take it from"});
    options.argument(release_,
                     {.name = "NAME[@VERSION]",
                      .help = "the release; with a version, refuse where the rank before holds another",
                      .required = true});
    options.argument(rank_, {.name = "RANK", .help = "to which it may be promoted", .required = true});
  }

  int act(Session& session, OpenedPipeline& opened) override {
    auto [name, version] = split_version(release_.front());
    request_.name = name;
    request_.version = version;
    request_.rank = rank_.front();
    print_step(session.output(), opened.pipeline->approve(request_), opened.url);
    return exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  release::ApproveRequest request_;
  std::vector<std::string> release_;
  std::vector<std::string> rank_;
};

}  // namespace

Verb release_approve_verb() {
  return {
      .name = "approve",
      .summary = "say that a release may be promoted",
      .description =
          "For ranks whose rules want approvals of others than the one who promotes. An approval is of "
          "exactly "
          "the bytes that stand in the rank before now (or in that of --from), and is of no use for any "
          "others.",
      .examples = {{"wheelyard release approve my.tar.gz@1.2 production", "bob approves, alice promotes"}},
      .common = CommonUse::store,
      .group = "release",
      .shown_by = "wheelyard release status",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Approve>()); },
  };
}

}  // namespace wheelyard::cli
