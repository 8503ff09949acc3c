
#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/files.hpp"
#include "wheelyard/cli/inspect_files.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"

namespace wheelyard::cli {
namespace {

struct OutcomeWord {
  std::string_view done;
  std::string_view planned;
  Style style;
};

OutcomeWord word_of(index::PublishedFile::Outcome outcome) {
  switch (outcome) {
    case index::PublishedFile::Outcome::published:
      return {"published", "would publish", Style::green};
    case index::PublishedFile::Outcome::replaced:
      return {"replaced", "would replace", Style::yellow};
    case index::PublishedFile::Outcome::unchanged:
      break;
  }
  return {"already there", "already there", Style::dim};
}

class Publish : public Command {
 public:
  void declare(OptionSet& options) override {
    options.flag(
        force_,
        {.name = "force", .letter = 'f', .help = "replace a file of the same name that holds other bytes"});
    options.flag(dry_run_, {.name = "dry-run",
                            .letter = 'n',
                            .help = "check the files and say what would be done, sending nothing"});
    declare_acl(options, acl_);
    options.number(jobs_, 1, 256,
                   {.name = "jobs",
                    .letter = 'j',
                    .value_name = "N",
                    .help = "files that are checked and sent at once"});
    options.argument(files_, {.name = "FILE",
                              .help = "wheels and sdists, folders that hold them, or globs",
                              .required = true,
                              .repeatable = true,
                              .completes = Completes::files});
  }

  int run(Session& session) override {
    auto& output = session.output();
    const auto opened = session.open_repository();
    const auto inspected = inspect_files(find_distributions(files_), jobs_, session.progress("checking"));
    if (!inspected.errors.empty()) {
      output.progress("");
      print_errors(output, inspected.errors);
      output.note("nothing was sent");
      return exit_failure;
    }
    index::PublishRequest request;
    request.distributions = inspected.distributions;
    request.force = force_;
    request.dry_run = dry_run_;
    request.acl = acl_;
    request.workers = jobs_;
    request.progress = session.progress("publishing");
    const auto report = opened.repository->publish(request);
    output.progress("");
    print(session, report, opened.url);
    return exit_success;
  }

 private:
  void print(Session& session, const index::PublishReport& report, const std::string& url) const {
    auto& output = session.output();
    const std::string install = session.install_command(url, report.projects);
    if (output.json()) {
      output.document(publish_json(report, url, dry_run_, install));
      return;
    }
    Table table({{""}, {""}, {"", Table::Align::right}});
    for (const auto& file : report.files) {
      const auto word = word_of(file.outcome);
      table.add({{std::string(dry_run_ ? word.planned : word.done), word.style},
                 {file.filename},
                 {human_size(file.size)}});
    }
    table.print(output);
    if (output.quiet() || dry_run_) return;
    output.line("");
    output.line("install with");
    output.line("  " + install);
  }

  bool force_ = false;
  bool dry_run_ = false;
  std::string acl_;
  std::uint64_t jobs_ = 4;
  std::vector<std::string> files_;
};

}  // namespace

Verb publish_verb() {
  return {
      .name = "publish",
      .summary = "put wheels and sdists into the repository and its index",
      .description =
          "Every file is read whole and checked before anything is sent: its name, version and tags, its "
          "metadata, "
          "and each digest in its RECORD. One bad file and nothing is sent.\n\n"
          "A file name means the same bytes for ever: publishing the same file again succeeds and changes "
          "nothing, "
          "other bytes under a name that is taken are refused unless --force is given. Any number of "
          "publishers may "
          "run at the same moment.",
      .examples = {{"wheelyard publish --repo s3://acme-wheels/simple dist/*",
                    "publish what a build left in dist"},
                   {"wheelyard publish --repo ./wheelhouse dist", "the same into a folder, from a folder"},
                   {"wheelyard publish --dry-run dist/*.whl", "check the wheels and say what would be done"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Publish>()); },
  };
}

}  // namespace wheelyard::cli
