#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

class Prune : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.number(
        keep_, 0, release::earlier_limit,
        {.name = "keep",
         .value_name = "N",
         .help = "earlier releases of each rank that stay [default: keep of wheelyard.toml, or 10]"});
    options.age(older_than_, {.name = "older-than",
                              .value_name = "TIME",
                              .help = "only what no rank has held for so long, as 90d"});
    options.flag(request_.dry_run,
                 {.name = "dry-run", .letter = 'n', .help = "say what would go, drop nothing"});
    options.argument(request_.names,
                     {.name = "NAME", .help = "releases; all without any", .repeatable = true});
  }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    request_.keep = keep_;
    if (older_than_.count() > 0) request_.older_than = older_than_;
    request_.progress = session.progress("pruning");
    const auto report = opened.pipeline->prune(request_);
    output.progress("");
    if (output.json()) {
      output.document(prune_json(report, request_.dry_run, opened.url));
    } else {
      print(output, report);
    }
    return exit_success;
  }

  std::string name_asked_for() const override {
    return request_.names.size() == 1 ? request_.names.front() : std::string();
  }

  void print(Output& output, const release::PruneReport& report) const {
    std::uint64_t bytes = 0;
    for (const auto& pruned : report.pruned) {
      bytes += pruned.size;
      output.line(std::string(request_.dry_run ? "would prune " : "pruned ") +
                  printable(pruned.name + " " + pruned.release.version) + " (" +
                  short_digest(pruned.release.digest) + "), " + count_of(pruned.files, "file") + ", " +
                  human_size(pruned.size));
    }
    if (output.quiet()) return;
    output.line(count_of(report.pruned.size(), "version") + (request_.dry_run ? " would go, " : " gone, ") +
                human_size(bytes) + "; " + std::to_string(report.kept) + " kept");
  }

  release::PruneRequest request_;
  std::optional<std::uint64_t> keep_;
  std::chrono::seconds older_than_{0};
};

}  // namespace

Verb release_prune_verb() {
  return {
      .name = "prune",
      .summary = "drop archived bytes that nobody needs",
      .description =
          "What a rank holds stays, and so do the last releases of each rank that 'rollback' may want "
          "(keep). The "
          "history stays whole. A version that was pruned is never pushed again.",
      .examples = {{"wheelyard release prune --dry-run", "what would go?"},
                   {"wheelyard release prune --keep 5 --older-than 90d my.tar.gz",
                    "five to go back to, and all of the last 90 days"}},
      .common = CommonUse::store,
      .group = "release",
      .shown_by = "wheelyard release status",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Prune>()); },
  };
}

}  // namespace wheelyard::cli
