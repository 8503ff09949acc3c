#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/transfer_display.hpp"
#include "wheelyard/cli/transfer_options.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Sync : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(remove_extra_, {.name = "delete", .help = "remove from the target what the source has not"});
    options.flag(size_only_,
                 {.name = "size-only", .help = "what has the same size is the same", .excludes = "checksum"});
    options.flag(checksum_, {.name = "checksum",
                             .help = "compare the bytes, by the checksums that are kept",
                             .excludes = "exact-timestamps"});
    options.flag(exact_, {.name = "exact-timestamps",
                          .help = "in downloads, any difference of the times counts",
                          .excludes = "size-only"});
    flags_.declare(options, false);
    options.argument(source_, {.name = "SOURCE",
                               .help = "s3://bucket/prefix or a folder",
                               .required = true,
                               .completes = Completes::folders});
    options.argument(target_, {.name = "TARGET",
                               .help = "s3://bucket/prefix or a folder",
                               .required = true,
                               .completes = Completes::folders});
  }

  int run(Session& session) override {
    transfer::SyncRequest request{.source = session.place(source_.front()),
                                  .target = session.place(target_.front())};
    for (const auto* place : {&request.source, &request.target}) {
      if (place->kind == transfer::Place::Kind::stream)
        throw UsageError("a stream cannot be synchronised", "'wheelyard cp' copies one");
    }
    request.options = flags_.options(request.source, request.target);
    request.remove_extra = remove_extra_;
    if (size_only_) request.comparison = transfer::Comparison::size_only;
    if (checksum_) request.comparison = transfer::Comparison::checksum;
    if (exact_) request.comparison = transfer::Comparison::exact_time;
    TransferDisplay display(
        session.output(),
        {.dry_run = flags_.dry_run(), .shows_skipped = false, .silent_progress = session.options().verbose});
    return display.finish(transfer::sync(request, display.sinks()));
  }

 private:
  bool remove_extra_ = false;
  bool size_only_ = false;
  bool checksum_ = false;
  bool exact_ = false;
  TransferFlags flags_;
  std::vector<std::string> source_;
  std::vector<std::string> target_;
};

}  // namespace

Verb sync_verb() {
  return {
      .name = "sync",
      .summary = "make one tree like another, moving only what differs",
      .description =
          "From a folder to a bucket, back, from bucket to bucket, or between folders. An item is "
          "transferred "
          "where the target lacks it, has another size, or is older than the source. With --delete the "
          "target "
          "loses what the source has not; what --exclude leaves out is not touched on either side.\n\n"
          "Under --json an event a line: \"item\", and \"summary\" at the end. Exit status 1 if any item "
          "failed.",
      .examples = {{"wheelyard sync build s3://acme-data/build", "upload what changed"},
                   {"wheelyard sync --delete s3://acme-data/build build", "a folder just as the bucket"},
                   {"wheelyard sync --dry-run s3://acme-data s3://acme-copy", "see what would be copied"},
                   {"wheelyard sync --exclude '*' --include '*.whl' dist s3://acme-data/dist",
                    "wheels alone"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Sync>()); },
  };
}

}  // namespace wheelyard::cli
