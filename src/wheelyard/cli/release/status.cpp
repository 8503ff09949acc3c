#include <algorithm>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

using release::Intent;

/// A number; "other" where the rank before holds another release and it is not known how many came between.
std::string behind_text(const release::RankStatus& rank, const release::RankStatus* before) {
  if (rank.behind) return std::to_string(*rank.behind);
  return rank.in_pipeline && before != nullptr && before->standing ? "other" : "-";
}

class Status : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.argument(names_, {.name = "NAME", .help = "releases; all without any", .repeatable = true});
  }

  bool writes() const override { return false; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    auto report = names_.empty() ? opened.pipeline->status() : release::PipelineStatus();
    auto& found = report.names;
    for (const auto& name : names_) {
      asked_ = name;
      auto status = opened.pipeline->status(name);
      if (!status) {
        throw release::Refused(release::Refusal::unknown_release, "tell of", printable(name, 250),
                               "no release of that name has been pushed to " + opened.url,
                               "'wheelyard release status' shows all that there are");
      }
      found.push_back(std::move(*status));
    }
    if (output.json()) {
      const auto& rules = opened.pipeline->rules();
      output.document(names_.size() == 1 ? status_json(found.front(), rules, opened.url)
                                         : status_json(report, rules, opened.url));
    } else {
      if (found.empty()) output.note("nothing has been pushed to " + opened.url + " yet");
      print(output, found);
      tell_of_others(output, report);
    }
    const bool all_read = std::ranges::all_of(found, &std::string::empty, &release::NameStatus::fault);
    return all_read ? exit_success : exit_failure;
  }

  std::string name_asked_for() const override { return asked_; }

  /// What another program has written.
  static void tell_of_others(Output& output, const release::PipelineStatus& report) {
    if (!std::ranges::all_of(report.names, &release::NameStatus::adopted))
      output.note("not adopted: another program put it there; the next push or promotion takes it over");
    if (report.left_out > 0) {
      output.note(std::to_string(report.left_out) +
                  " more that are not adopted are not shown; 'wheelyard release status NAME' shows each");
    }
  }

  static void print(Output& output, const std::vector<release::NameStatus>& found) {
    if (found.empty()) return;
    const auto time = now();
    Table table(
        {{"NAME"}, {"RANK"}, {"VERSION"}, {"DIGEST"}, {"SINCE"}, {"BY"}, {"BEHIND", Table::Align::right}});
    for (const auto& status : found) {
      const release::RankStatus* before = nullptr;
      for (const auto& rank : status.ranks) {
        add_row(table, status, rank, before, time);
        before = &rank;
      }
    }
    table.print(output);
    for (const auto& status : found) {
      if (!status.fault.empty()) {
        output.diagnostic(output.paint_err(Style::red, "broken:") + " " + printable(status.name) + ": " +
                          status.fault);
      }
      for (const auto& intent : status.intents) output.note(work_text(status, intent));
      for (const auto& rank : status.ranks) {
        if (!rank.in_pipeline)
          output.note(printable(status.name + ": the rank " + rank.rank + " is not in the pipeline"));
      }
    }
  }

  static void add_row(Table& table, const release::NameStatus& status, const release::RankStatus& rank,
                      const release::RankStatus* before, TimePoint time) {
    if (!rank.standing) {
      table.add({{status.name}, {rank.rank}, {"-", Style::dim}, {"", Style::dim}, {""}, {""}, {""}});
      return;
    }
    const auto& standing = *rank.standing;
    const auto behind = status.adopted || rank.behind ? behind_text(rank, before) : "-";
    const bool is_same = behind == "0" || behind == "-";
    table.add({{status.name},
               {rank.rank},
               {standing.release.version.empty() ? "unknown" : standing.release.version,
                rank.settled ? Style::bold : Style::yellow},
               {short_digest(standing.release.digest), Style::dim},
               {time_and_age(standing.since, time)},
               {status.adopted ? standing.by.identity : "not adopted",
                status.adopted ? Style::plain : Style::yellow},
               {behind, is_same ? Style::plain : Style::yellow}});
  }

  /// Work that is under way, or that somebody who died has left.
  static std::string work_text(const release::NameStatus& status, const Intent& intent) {
    std::string text = status.name + " " + intent.release.version;
    switch (intent.kind) {
      case Intent::Kind::push:
        text += " is being pushed";
        break;
      case Intent::Kind::lay_out:
        text += ": its keys below " + intent.rank + "/ are being brought in line";
        break;
      case Intent::Kind::prune:
        text += " is being pruned";
        break;
    }
    return printable(text + " by " + intent.by.identity + " since " + iso_seconds(intent.since));
  }

  std::vector<std::string> names_;
  std::string asked_;
};

}  // namespace

Verb release_status_verb() {
  return {
      .name = "status",
      .summary = "show what each rank holds",
      .description =
          "Version, digest, since when (UTC), by whom, and how many releases the rank before has had since "
          "it held "
          "this one: 0 where both hold the same, 'other' where it holds another one and how many came "
          "between is not known. A release whose state is damaged hides no other: it is told of at the end, "
          "and the status is 1.\n\n"
          "What another program (a released s3p) has put into the ranks is shown as 'not adopted' until the "
          "first step on it takes it over. To find it, the ranks are listed, a request for 1,000 files; of "
          "such "
          "names the first 1,000 are shown.\n\n"
          "Under --json the ranks of the release that was named, or \"releases\", a list of such documents, "
          "where "
          "none was or several were.",
      .examples = {{"wheelyard release status", "everything"},
                   {"wheelyard release status my.tar.gz --json", "one release, for a program"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Status>()); },
  };
}

}  // namespace wheelyard::cli
