#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/copy_plan.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/transfer_display.hpp"
#include "wheelyard/cli/transfer_options.hpp"
#include "wheelyard/cli/unfinished.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

using transfer::Place;

class Rm : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(recursive_, {.name = "recursive", .letter = 'r', .help = "all that is below"});
    declare_filter(options, request_.options.filter);
    declare_dry_run(options, request_.options.dry_run);
    declare_jobs(options, jobs_);
    options.flag(incomplete_,
                 {.name = "incomplete",
                  .help = "not objects, but uploads that were begun and neither completed nor aborted"});
    options.age(older_than_, {.name = "older-than",
                              .value_name = "TIME",
                              .help = "with --incomplete: only those begun so long ago, as 7d"});
    options.argument(urls_, {.name = "URL",
                             .help = "s3://bucket/key or a file; wildcards in the last part, in quotes",
                             .required = true,
                             .repeatable = true,
                             .completes = Completes::files});
  }

  int run(Session& session) override {
    TransferDisplay display(session.output(), {.dry_run = request_.options.dry_run,
                                               .silent_progress = session.options().verbose});
    if (incomplete_) return display.finish(remove_unfinished(session, display));
    if (older_than_.count() != 0) throw UsageError("--older-than goes with --incomplete");
    const auto places = expanded(session);
    request_.target = places.front();
    request_.more.assign(places.begin() + 1, places.end());
    request_.recursive = recursive_;
    request_.options.jobs = jobs_;
    return display.finish(transfer::remove(request_, display.sinks()));
  }

 private:
  std::vector<Place> expanded(const Session& session) const {
    std::vector<Place> places;
    std::uint64_t left_out = 0;
    for (const auto& url : urls_) {
      const Place place = session.place(url);
      if (place.kind == Place::Kind::stream) throw UsageError("'-' is no object");
      const bool marker = place.kind == Place::Kind::store && !place.key.empty();
      if (place.names_folder && !marker && !recursive_) {
        throw UsageError("'" + place.describe() + "' is not one object",
                         "--recursive removes all that is in it");
      }
      if (place.names_folder && marker && !recursive_ && !store::find_info(*place.store, place.key)) {
        throw UsageError("there is no object '" + place.describe() + "'",
                         "--recursive removes what is below it");
      }
      if (!has_wildcard(place)) {
        places.push_back(place);
        continue;
      }
      for (auto& each : transfer::expand(place)) {
        if (each.names_folder && !recursive_) {
          ++left_out;
        } else {
          places.push_back(std::move(each));
        }
      }
    }
    if (places.empty()) {
      throw UsageError("only folders fit '" + urls_.front() + "'", "--recursive removes what is in them");
    }
    if (left_out > 0)
      session.output().note(count_of(left_out, "folder") + " left out: --recursive removes what is in them");
    return places;
  }

  transfer::TransferReport remove_unfinished(const Session& session, TransferDisplay& display) const {
    const auto sinks = display.sinks();
    transfer::TransferReport all;
    for (const auto& url : urls_) {
      AbortRequest request{.place = open_prefix(session, url),
                           .recursive = recursive_,
                           .begun_before = {},
                           .dry_run = request_.options.dry_run};
      if (request.place.key.empty() && !recursive_) {
        throw UsageError("'" + url + "' is not one object", "--recursive takes the uploads of all keys");
      }
      if (older_than_.count() != 0) request.begun_before = now() - older_than_;
      const auto report = abort_unfinished(request, sinks.on_item);
      all.removed += report.removed;
      all.failed += report.failed;
    }
    return all;
  }

  bool recursive_ = false;
  bool incomplete_ = false;
  std::chrono::seconds older_than_{0};
  std::uint64_t jobs_ = 0;
  transfer::RemoveRequest request_;
  std::vector<std::string> urls_;
};

}  // namespace

Verb rm_verb() {
  return {
      .name = "rm",
      .summary = "remove objects, files, unfinished uploads",
      .description =
          "For good, and without asking: --dry-run shows what would go. What lies below a prefix goes with "
          "--recursive only.\n\nUnder --json an event a line: \"item\", and \"summary\" at the end. Exit "
          "status 1 if any item failed.",
      .examples = {{"wheelyard rm s3://acme-data/old.csv", "an object"},
                   {"wheelyard rm --dry-run --recursive s3://acme-data/tmp/", "see what would go"},
                   {"wheelyard rm -r s3://acme-data/logs/ --exclude '*' --include '*.gz'",
                    "what fits, below a prefix"},
                   {"wheelyard rm 's3://acme-data/logs/2025-*'", "what fits, at one level"},
                   {"wheelyard rm --incomplete --recursive --older-than 7d s3://acme-data",
                    "parts of uploads that nobody will end"}},
      .common = CommonUse::store,
      .json_lines = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Rm>()); },
  };
}

}  // namespace wheelyard::cli
