#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/event_json.hpp"
#include "wheelyard/cli/object_place.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/transfer_display.hpp"
#include "wheelyard/cli/unfinished.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

class Rb : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(force_, {.name = "force", .help = "remove all that is in it first, unfinished uploads too"});
    options.argument(url_, {.name = "URL", .help = "s3://bucket", .required = true});
  }

  int run(Session& session) override {
    auto& output = session.output();
    const auto bucket = open_bucket(session, url_.front());
    if (force_ && !emptied(session, bucket)) return exit_failure;
    try {
      bucket->remove_bucket();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::precondition_failed || force_) throw;
      throw error.with_hint("'wheelyard ls -R " + shell_word(bucket->describe("")) +
                            "' shows what is in it; --force removes that first");
    }
    if (output.json()) {
      output.document(bucket_removed_event(bucket->describe("")));
    } else {
      output.line("removed " + bucket->describe(""));
    }
    return exit_success;
  }

 private:
  /// False where something stayed.
  static bool emptied(const Session& session, const std::shared_ptr<store::ObjectStore>& bucket) {
    TransferDisplay display(session.output(), {.silent_progress = session.options().verbose});
    const auto sinks = display.sinks();
    transfer::RemoveRequest request{
        .target = {.kind = transfer::Place::Kind::store, .store = bucket, .names_folder = true}};
    request.recursive = true;
    const auto report = transfer::remove(request, sinks);
    const auto aborted =
        abort_unfinished({.place = {.store = bucket, .key = {}}, .recursive = true}, sinks.on_item);
    session.output().progress("");
    return report.failed + aborted.failed == 0;
  }

  bool force_ = false;
  std::vector<std::string> url_;
};

}  // namespace

Verb rb_verb() {
  return {
      .name = "rb",
      .summary = "remove a bucket",
      .description =
          "One that is empty; with --force also one that is not.\n\n"
          "Under --json an event a line: \"item\" for what --force removes, and \"bucket_removed\".",
      .examples = {{"wheelyard rb s3://acme-old", "an empty bucket"},
                   {"wheelyard rb --force s3://acme-old", "with all that is in it, for good"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Rb>()); },
  };
}

}  // namespace wheelyard::cli
