#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

using release::Problem;

class ReleaseVerify : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.flag(request_.deep, {.name = "deep", .help = "read every byte and compare digests"});
    options.flag(request_.repair,
                 {.name = "repair", .help = "end what was begun, and mend what can be mended"});
    options.argument(request_.names,
                     {.name = "NAME", .help = "releases; all without any", .repeatable = true});
  }

  bool writes() const override { return request_.repair; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    request_.progress = session.progress("verifying");
    const auto report = opened.pipeline->verify(request_);
    output.progress("");
    if (output.json()) {
      output.document(release_verify_json(report, opened.url));
    } else {
      print(output, report);
    }
    return report.clean() ? exit_success : exit_failure;
  }

  std::string name_asked_for() const override {
    return request_.names.size() == 1 ? request_.names.front() : std::string();
  }

  static std::string word_of(const Output& output, Problem::State state) {
    switch (state) {
      case Problem::State::found:
        return output.paint(Style::red, "wrong");
      case Problem::State::repaired:
        return output.paint(Style::green, "repaired");
      case Problem::State::cannot_repair:
        break;
    }
    return output.paint(Style::red, "cannot repair");
  }

  void print(Output& output, const release::VerifyReport& report) const {
    for (const auto& problem : report.problems) {
      std::string line = word_of(output, problem.state) + "  ";
      if (!problem.name.empty()) line += printable(problem.name) + " ";
      line += printable(problem.item) + ": " + printable(problem.detail);
      if (!problem.action.empty()) line += " → " + printable(problem.action);
      output.line(line);
    }
    if (output.quiet()) return;
    std::string summary = count_of(report.names, "release") + ", " + std::to_string(report.entries) +
                          (report.entries == 1 ? " entry" : " entries") + " of history, " +
                          count_of(report.versions, "version") + ", " + count_of(report.files, "file");
    if (report.bytes_read > 0) summary += ", " + human_size(report.bytes_read) + " read";
    summary += report.problems.empty() ? ": all is well" : ": " + count_of(report.problems.size(), "problem");
    if (!report.problems.empty() && report.clean()) summary += ", all repaired";
    output.line(summary);
    if (!report.clean() && !request_.repair)
      output.note("'wheelyard release verify --repair' mends what can be mended");
  }

  release::VerifyRequest request_;
};

}  // namespace

Verb release_verify_verb() {
  return {
      .name = "verify",
      .summary = "hold ranks, archive and history against each other",
      .description =
          "Reads every entry of the history, each held against the digest that the next one names, replays "
          "it and "
          "compares with what the ranks hold; looks for every version's bytes and for the ranks' keys. Steps "
          "that "
          "somebody left half done are found; --repair ends them.\n\n"
          "Ends with status 1 when something is wrong and stays so.",
      .examples = {{"wheelyard release verify", "look at everything, by listing"},
                   {"wheelyard release verify --deep my.tar.gz", "read every byte of one release"},
                   {"wheelyard release verify --repair", "end what was begun, mend what can be mended"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<ReleaseVerify>()); },
  };
}

}  // namespace wheelyard::cli
