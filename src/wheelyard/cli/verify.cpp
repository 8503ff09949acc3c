#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/cli/wrong_input.hpp"

namespace wheelyard::cli {
namespace {

struct StateWord {
  std::string_view text;
  Style style;
};

StateWord word_of(index::Problem::State state) {
  switch (state) {
    case index::Problem::State::found:
      return {"wrong", Style::red};
    case index::Problem::State::repaired:
      return {"repaired", Style::green};
    case index::Problem::State::would_repair:
      return {"would repair", Style::yellow};
    case index::Problem::State::cannot_repair:
      return {"cannot repair", Style::red};
  }
  return {"", Style::plain};
}

/// "acme/index.html", "index.json" of the root; a whole location as it is.
std::string place_of(const index::Problem& problem) {
  const bool whole = problem.project.empty() || problem.item.find('/') != std::string::npos;
  return whole ? problem.item : problem.project + "/" + problem.item;
}

class Verify : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(deep_, {.name = "deep", .help = "read every byte and compare digests"});
    options.flag(repair_, {.name = "repair", .help = "mend what can be mended, and say what was done"});
    options.flag(dry_run_,
                 {.name = "dry-run", .letter = 'n', .help = "with --repair: say what would be done"});
    declare_acl(options, acl_);
    options.number(jobs_, 1, 256,
                   {.name = "jobs", .letter = 'j', .value_name = "N", .help = "requests at once"});
    options.argument(projects_,
                     {.name = "PROJECT", .help = "projects to look at; all without any", .repeatable = true});
  }

  int run(Session& session) override {
    auto& output = session.output();
    if (dry_run_ && !repair_) {
      throw UsageError("--dry-run says what --repair would do, and --repair is not given",
                       "say --repair --dry-run, or leave both: verify alone changes nothing");
    }
    const auto opened = session.open_repository();
    index::VerifyRequest request;
    request.projects = projects_;
    request.deep = deep_;
    request.repair = repair_;
    request.dry_run = dry_run_;
    request.acl = acl_;
    request.workers = jobs_;
    request.progress = session.progress("verifying");
    // Of a project's name that is none: what is wrong in the repository is told of by the report.
    const auto report = take_input([&] { return opened.repository->verify(request); });
    output.progress("");
    if (output.json()) {
      output.document(verify_json(report, opened.url));
    } else {
      print(output, report);
    }
    return report.clean() ? exit_success : exit_failure;
  }

 private:
  void print(Output& output, const index::VerifyReport& report) const {
    for (const auto& problem : report.problems) {
      const auto word = word_of(problem.state);
      std::string line = output.paint(word.style, word.text) + "  " + printable(place_of(problem));
      line += ": " + printable(problem.detail);
      if (!problem.action.empty()) line += " → " + printable(problem.action);
      output.line(line);
    }
    if (output.quiet()) return;
    std::string summary = count_of(report.projects, "project") + ", " + count_of(report.files, "file");
    if (report.bytes_read > 0) summary += ", " + human_size(report.bytes_read) + " read";
    summary += report.problems.empty() ? ": all is well" : ": " + count_of(report.problems.size(), "problem");
    if (!report.problems.empty() && report.clean()) summary += ", all repaired";
    output.line(summary);
    if (!report.clean() && !repair_) output.note("'wheelyard verify --repair' mends what can be mended");
  }

  bool deep_ = false;
  bool repair_ = false;
  bool dry_run_ = false;
  std::string acl_;
  std::uint64_t jobs_ = 8;
  std::vector<std::string> projects_;
};

}  // namespace

Verb verify_verb() {
  return {
      .name = "verify",
      .summary = "hold the index against the bucket, and mend it",
      .description =
          "Finds files that are listed and missing, there and unlisted, of another size or digest, publishes "
          "that "
          "were cut short, pages that are older than the index, metadata files that are missing or wrong, "
          "and "
          "projects that the root page does not name.\n\n"
          "Ends with status 1 when something is wrong and stays so.",
      .examples = {{"wheelyard verify", "look at everything, by listing"},
                   {"wheelyard verify --deep acme", "read every byte of one project"},
                   {"wheelyard verify --repair --dry-run", "what would --repair do?"},
                   {"wheelyard verify --repair", "do it"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Verify>()); },
  };
}

}  // namespace wheelyard::cli
