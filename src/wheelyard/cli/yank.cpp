#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/spec_argument.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/cli/wrong_input.hpp"
#include "wheelyard/index/selection.hpp"

namespace wheelyard::cli {
namespace {

/// yank and unyank.
class Yank : public Command {
 public:
  explicit Yank(bool yanked) : yanked_(yanked) {}

  void declare(OptionSet& options) override {
    if (yanked_) {
      options.value(reason_, {.name = "reason",
                              .value_name = "TEXT",
                              .help = "why; installers show it to whoever pins the version",
                              .may_be_empty = true});
    }
    options.flag(dry_run_,
                 {.name = "dry-run", .letter = 'n', .help = "say what would change, changing nothing"});
    declare_acl(options, acl_);
    options.argument(specs_, spec_argument());
  }

  int run(Session& session) override {
    auto& output = session.output();
    check_specs(specs_);
    const auto opened = session.open_repository();
    index::YankRequest request;
    request.specs = specs_;
    request.dry_run = dry_run_;
    request.acl = acl_;
    request.yanked = yanked_;
    request.reason = reason_;
    const auto report = opened.repository->yank(request);
    output.progress("");
    if (output.json()) {
      output.document(yank_json(report, opened.url, yanked_, reason_, dry_run_));
    } else {
      print(output, report);
    }
    return exit_success;
  }

 private:
  void print(Output& output, const index::SelectReport& report) const {
    const std::string done = yanked_ ? "yanked" : "unyanked";
    const std::string planned = yanked_ ? "would yank" : "would unyank";
    const std::string already = yanked_ ? "yanked already" : "not yanked";
    Table table({{""}, {""}});
    for (const auto& file : report.files) {
      if (file.changed) {
        table.add({{dry_run_ ? planned : done, yanked_ ? Style::yellow : Style::green}, {file.filename}});
      } else {
        table.add({{already, Style::dim}, {file.filename}});
      }
    }
    table.print(output);
  }

  bool yanked_;
  std::string reason_;
  bool dry_run_ = false;
  std::string acl_;
  std::vector<std::string> specs_;
};

}  // namespace

Argument spec_argument() {
  return {.name = "SPEC",
          .help = "a project (acme), versions of it (acme==1.2, 'acme>=1,<2') or a file name",
          .required = true,
          .repeatable = true};
}

void check_specs(const std::vector<std::string>& specs) {
  take_input([&] {
    for (const auto& spec : specs) index::Selection::parse(spec);
  });
}

Verb yank_verb() {
  return {
      .name = "yank",
      .summary = "mark files as not to be chosen (PEP 592)",
      .description =
          "A yanked file stays where it is and can be installed by whoever pins its very version; nobody "
          "else gets it any more.",
      .examples = {{"wheelyard yank acme==1.2 --reason 'loses data on resume'", "one version"},
                   {"wheelyard yank acme-1.2-cp311-cp311-linux_x86_64.whl", "one file"},
                   {"wheelyard yank --dry-run 'acme<1'", "see what a range would touch"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Yank>(true)); },
  };
}

Verb unyank_verb() {
  return {
      .name = "unyank",
      .summary = "take such a mark away",
      .description = "Files that were yanked can be chosen again.",
      .examples = {{"wheelyard unyank acme==1.2", "one version"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Yank>(false)); },
  };
}

}  // namespace wheelyard::cli
