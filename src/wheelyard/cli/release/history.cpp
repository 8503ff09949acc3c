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

constexpr std::uint64_t most_entries = 1'000'000'000;

std::string rank_text(const release::Entry& entry) {
  return entry.source.empty() ? entry.rank : entry.source + " → " + entry.rank;
}

/// "1.1 → 1.2"; of a prune: what has gone.
std::string change_text(const release::Entry& entry) {
  if (entry.action == release::Action::prune) {
    std::vector<std::string> versions;
    for (const auto& pruned : entry.pruned) versions.push_back(pruned.version);
    return join(versions, ", ");
  }
  std::string to = entry.to ? entry.to->version : "nothing";
  if (entry.action == release::Action::approve || !entry.from) return to;
  return entry.from->version + " → " + to;
}

std::string note_text(const release::Entry& entry) {
  std::vector<std::string> parts;
  if (!entry.note.empty()) parts.push_back(entry.note);
  if (entry.undone != 0) parts.push_back("takes " + std::to_string(entry.undone) + " back");
  if (!entry.skipped.empty()) parts.push_back("past " + join(entry.skipped, ", "));
  for (const auto& gate : entry.gates) parts.push_back(gate.gate + (gate.passed ? " passed" : " failed"));
  return join(parts, "; ");
}

class History : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(request_.rank, {.name = "rank", .value_name = "RANK", .help = "only what happened there"});
    options.number(limit_, 1, most_entries,
                   {.name = "limit", .letter = 'n', .value_name = "N", .help = "only the last so many"});
    options.argument(name_, {.name = "NAME", .help = "the release", .required = true});
  }

  bool writes() const override { return false; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    request_.name = name_.front();
    request_.limit = limit_;
    const auto entries = opened.pipeline->history(request_);
    if (output.json()) {
      output.document(history_json(request_.name, entries, opened.url));
    } else {
      print(output, entries);
    }
    return exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  static void print(Output& output, const std::vector<release::Entry>& entries) {
    const bool has_runs =
        std::ranges::any_of(entries, [](const auto& entry) { return !entry.by.run.empty(); });
    std::vector<Table::Column> columns{
        {"#", Table::Align::right}, {"AT"}, {"ACTION"}, {"RANK"}, {"VERSION"}, {"DIGEST"}, {"BY"}, {"NOTE"}};
    if (has_runs) columns.push_back({"RUN"});
    Table table(std::move(columns));
    for (const auto& entry : entries) {
      const bool is_back = entry.action == release::Action::rollback || entry.action == release::Action::undo;
      std::vector<Table::Cell> row{
          {std::to_string(entry.seq), Style::dim},
          {iso_seconds(entry.at)},
          {std::string(to_string(entry.action)), is_back ? Style::yellow : Style::plain},
          {rank_text(entry)},
          {change_text(entry), Style::bold},
          {entry.to ? short_digest(entry.to->digest) : "", Style::dim},
          {entry.by.identity},
          {note_text(entry)}};
      if (has_runs) row.push_back({entry.by.run});
      table.add(std::move(row));
    }
    if (!table.empty()) table.print(output);
  }

  release::HistoryRequest request_;
  std::uint64_t limit_ = 0;
  std::vector<std::string> name_;
};

}  // namespace

Verb release_history_verb() {
  return {
      .name = "history",
      .summary = "show every step of a release",
      .description =
          "Pushes, promotions, rollbacks, approvals and prunes, the latest at the end: when, who, from, to, "
          "the note, "
          "the gates that were passed and the CI run. Each entry is held against the digest that the next "
          "one "
          "names.",
      .examples = {{"wheelyard release history my.tar.gz", "from the beginning"},
                   {"wheelyard release history my.tar.gz --rank production -n 10",
                    "what last happened to production"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<History>()); },
  };
}

}  // namespace wheelyard::cli
