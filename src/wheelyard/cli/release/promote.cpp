#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"

namespace wheelyard::cli {
namespace {

class Promote : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(
        request_.expect_digest,
        {.name = "expect-digest",
         .value_name = "SHA256",
         .help = "refuse unless the rank before holds this digest: of the release, or of its one file"});
    options.value(request_.note,
                  {.name = "note", .value_name = "TEXT", .help = "for the history", .may_be_empty = true});
    options.value(request_.from,
                  {.name = "from",
                   .value_name = "RANK",
                   .help = "take it from an earlier rank than the one before; the rules have to "
                           "allow it (may_skip)"});
    options.argument(release_,
                     {.name = "NAME[@VERSION]",
                      .help = "the release; with a version, refuse where the rank before holds another",
                      .required = true});
    options.argument(rank_, {.name = "RANK", .help = "where it goes", .required = true});
  }

  int act(Session& session, OpenedPipeline& opened) override {
    auto [name, version] = split_version(release_.front());
    request_.name = name;
    request_.version = version;
    request_.rank = rank_.front();
    request_.progress = session.progress("promoting");
    print_step(session.output(), opened.pipeline->promote(request_), opened.url);
    return exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  release::PromoteRequest request_;
  std::vector<std::string> release_;
  std::vector<std::string> rank_;
};

}  // namespace

Verb release_promote_verb() {
  return {
      .name = "promote",
      .summary = "take a release to the next rank",
      .description =
          "Exactly what stands in the rank before goes on: it is pinned to its digest, and where another "
          "release "
          "comes there meanwhile the promotion is refused. Ranks are not skipped. Promoting the same release "
          "again "
          "succeeds and changes nothing. The rank's rules (wheelyard.toml) are asked first.",
      .examples = {{"wheelyard release promote my.tar.gz staging", "whatever qa holds"},
                   {"wheelyard release promote my.tar.gz@1.2 production --note 'CHG-4711'",
                    "1.2 and nothing else"}},
      .common = CommonUse::store,
      .group = "release",
      .shown_by = "wheelyard release status",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Promote>()); },
  };
}

}  // namespace wheelyard::cli
