#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/copy_plan.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/transfer_display.hpp"
#include "wheelyard/cli/transfer_options.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

using transfer::Place;

/// cp and mv.
class Copy : public Command {
 public:
  explicit Copy(bool move) : move_(move) {}

  void declare(OptionSet& options) override {
    options.flag(recursive_, {.name = "recursive", .letter = 'r', .help = "all that is below the source"});
    flags_.declare(options, true);
    const std::string stream = move_ ? "" : ", or -";
    options.argument(sources_, {.name = "SOURCE",
                                .help = "s3://bucket/key, a file or folder" + stream +
                                        "; wildcards in the last part (in quotes, for buckets)",
                                .required = true,
                                .repeatable = true,
                                .completes = Completes::files});
    options.argument(target_, {.name = "TARGET",
                               .help = "s3://bucket/key, a file or folder" + stream +
                                       "; with '/' at its end it is a folder",
                               .required = true,
                               .completes = Completes::files});
  }

  int run(Session& session) override {
    auto& output = session.output();
    auto plan = plan_copy(session, sources_, target_.front(), recursive_);
    const Place& source = plan.pairs.front().source;
    const Place& target = plan.pairs.front().target;
    check(session, plan);
    transfer::CopyRequest request{.source = source, .target = target};
    request.options = flags_.options(source, target);
    request.recursive = plan.pairs.front().recursive;
    request.move = move_;
    request.more.assign(std::make_move_iterator(plan.pairs.begin() + 1),
                        std::make_move_iterator(plan.pairs.end()));
    if (!request.options.if_match.empty() && (recursive_ || !request.more.empty())) {
      throw UsageError("--if-match is for one object", "leave it away, or name one source");
    }
    TransferDisplay display(output, {.dry_run = flags_.dry_run(),
                                     .stdout_is_data = target.kind == Place::Kind::stream,
                                     .silent_progress = session.options().verbose});
    const auto report = transfer::copy(request, display.sinks());
    const int status = display.finish(report);
    if (plan.folders_left_out > 0)
      output.note(count_of(plan.folders_left_out, "folder") + " left out: --recursive takes them along");
    return status;
  }

 private:
  void check(const Session& session, const CopyPlan& plan) const {
    using Kind = Place::Kind;
    for (const auto& [source, target, tree] : plan.pairs) {
      if (move_ && (source.kind == Kind::stream || target.kind == Kind::stream)) {
        throw UsageError("a stream cannot be moved", "'wheelyard cp' copies one");
      }
      if (source.kind == Kind::stream && target.names_folder) {
        throw UsageError("standard input has no name of its own",
                         "end the target with the object's name: " + target.describe() + "name");
      }
      if (source.names_folder && !tree && source.kind != Kind::stream &&
          !(source.kind == Kind::store && source.key.ends_with('/') && !source.key.empty())) {
        throw UsageError("'" + source.describe() + "' is a folder", "--recursive takes what is in it");
      }
      if (target.kind == Kind::stream && session.output().json()) {
        throw UsageError("--json and '-' cannot both have standard output", "leave one of them away");
      }
    }
  }

  bool move_;
  bool recursive_ = false;
  TransferFlags flags_;
  std::vector<std::string> sources_;
  std::vector<std::string> target_;
};

}  // namespace

Verb cp_verb() {
  return {
      .name = "cp",
      .summary = "copy files and objects",
      .description =
          "Between buckets, files and streams, in any direction.\n\n"
          "A source goes under the target's name, or into it where the target ends with '/' or is a folder "
          "that "
          "is there. Under --recursive what lies below the source lands below the target: its contents, "
          "whether "
          "it is written with '/' at the end or not. Several sources, and what a wildcard stands for, keep "
          "their names.\n\n"
          "Every byte is checked against the checksum that the store keeps. A large object that broke off "
          "goes "
          "on where it stopped, if it is still the same.\n\n"
          "Under --json an event a line: \"item\", and \"summary\" at the end. Exit status 1 if any item "
          "failed.",
      .examples = {{"wheelyard cp report.pdf s3://acme-data/2026/", "upload a file, keeping its name"},
                   {"wheelyard cp s3://acme-data/2026/report.pdf .", "download it"},
                   {"wheelyard cp --recursive build s3://acme-data/build/", "what is in the folder build"},
                   {"wheelyard cp 's3://acme-data/logs/*.gz' logs/", "what fits a pattern"},
                   {"wheelyard cp -r s3://acme-data/a/ s3://acme-copy/a/ --exclude '*.tmp'",
                    "from bucket to bucket, on the server"},
                   {"wheelyard cp - s3://acme-data/dump.gz --content-type application/gzip",
                    "standard input, as from pg_dump | gzip"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Copy>(false)); },
  };
}

Verb mv_verb() {
  return {
      .name = "mv",
      .summary = "move files and objects",
      .description =
          "As 'wheelyard cp', by the same rules of names; each source is removed once its target is complete "
          "and checked. What was broken off is finished by the same command.\n\n"
          "Under --json an event a line: \"item\", and \"summary\" at the end. Exit status 1 if any item "
          "failed.",
      .examples = {{"wheelyard mv s3://acme-data/new/x s3://acme-data/done/x", "rename an object"},
                   {"wheelyard mv --recursive spool s3://acme-data/spool/", "upload a folder, emptying it"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Copy>(true)); },
  };
}

}  // namespace wheelyard::cli
