#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

/// "wheelyard release" alone.
class Release : public Command {
 public:
  void declare(OptionSet& options) override { declare_release_options(options, overrides_); }
  int run(Session&) override {
    throw UsageError("no verb of 'release' is given", "as in 'wheelyard release status'");
  }

 private:
  config::ReleaseOverrides overrides_;
};

}  // namespace

Verb release_verb() {
  return {
      .name = "release",
      .summary = "push, promote and roll back releases, rank by rank",
      .description =
          "A release goes from rank to rank, as qa, staging, production, the same bytes, with an archive, a "
          "history "
          "and a way back, in a bucket or a folder. What to type, from the first push to a rollback: "
          "docs/release.md. "
          "The pipeline is described by a wheelyard.toml (docs/wheelyard-toml.md), by options or by the "
          "environment.",
      .examples = {{"wheelyard release push --version 1.2 my.tar.gz", "into the first rank"},
                   {"wheelyard release promote my.tar.gz staging", "on to the next"},
                   {"wheelyard release status", "what stands where?"},
                   {"wheelyard release rollback my.tar.gz production", "back to the release before"}},
      .common = CommonUse::store,
      .verbs = {release_push_verb(), release_promote_verb(), release_status_verb(), release_history_verb(),
                release_rollback_verb(), release_approve_verb(), release_download_verb(), release_diff_verb(),
                release_prune_verb(), release_verify_verb(), release_page_verb()},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Release>()); },
  };
}

}  // namespace wheelyard::cli
