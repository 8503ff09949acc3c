#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/cli/wrong_input.hpp"
#include "wheelyard/index/selection.hpp"
#include "wheelyard/package/marker_environments.hpp"

namespace wheelyard::cli {
namespace {

class Promote : public Command {
 public:
  void declare(OptionSet& options) override {
    options.value(from_, {.name = "from",
                          .value_name = "URL",
                          .help = "the index that holds the releases",
                          .completes = Completes::folders});
    options.value(to_, {.name = "to",
                        .value_name = "URL",
                        .help = "the index that they go to; without it that of --repo or WHEELYARD_REPO",
                        .completes = Completes::folders});
    options.flag(dependencies_, {.name = "with-dependencies",
                                 .help = "take along what they need of what the source alone holds"});
    options.values(pythons_,
                   {.name = "python-version",
                    .value_name = "V",
                    .help = "with --with-dependencies: what is needed on this Python (3.11); may be given "
                            "again; without it, on any"});
    options.values(platforms_, {.name = "platform",
                                .value_name = "NAME",
                                .help = "the same for a platform",
                                .choices = {package::platform_names.begin(), package::platform_names.end()}});
    options.flag(yanked_, {.name = "yanked", .help = "yanked files too; they arrive yanked"});
    options.flag(dry_run_,
                 {.name = "dry-run", .letter = 'n', .help = "say what would be promoted, changing nothing"});
    declare_acl(options, acl_);
    options.number(
        jobs_, 1, 256,
        {.name = "jobs", .letter = 'j', .value_name = "N", .help = "files that are copied at once"});
    options.value(from_profile_, {.name = "from-profile",
                                  .value_name = "NAME",
                                  .help = "the profile for the source, where it is not that of the target"});
    options.value(from_endpoint_, {.name = "from-endpoint-url",
                                   .value_name = "URL",
                                   .help = "the endpoint of the source, where it is not that of the target"});
    options.value(from_region_, {.name = "from-region",
                                 .value_name = "NAME",
                                 .help = "the region of the source, where it is not that of the target"});
    options.argument(specs_,
                     {.name = "SPEC",
                      .help = "a project (acme), versions of it (acme==1.2, 'acme[server]==1.2') or a file "
                              "name",
                      .required = true,
                      .repeatable = true});
  }

  int run(Session& session) override {
    auto& output = session.output();
    if (from_.empty()) throw UsageError("it is not said where from", "say --from s3://bucket/staging");
    if (!dependencies_ && !(pythons_.empty() && platforms_.empty())) {
      throw UsageError("--python-version and --platform are about dependencies",
                       "say --with-dependencies too, or leave them out");
    }
    take_input([&] {
      for (const auto& spec : specs_) index::SelectionWithExtras::parse(spec);
    });
    index::PromoteRequest request;
    request.specs = specs_;
    request.with_dependencies = dependencies_;
    request.environments = environments();
    request.yanked = yanked_;
    request.dry_run = dry_run_;
    request.acl = acl_;
    request.workers = jobs_;
    const auto target =
        to_.empty() ? session.open_repository()
                    : take_input([&] { return session.open_repository(to_, session.store_settings()); });
    const auto source = take_input([&] { return session.open_repository(from_, source_settings(session)); });
    request.progress = session.progress("promoting");
    const auto report = target.repository->promote_from(*source.repository, request);
    output.progress("");
    print(session, report, source.url, target.url);
    return exit_success;
  }

 private:
  store::StoreSettings source_settings(const Session& session) const {
    auto settings = session.store_settings();
    if (!from_profile_.empty()) settings.aws.profile = from_profile_;
    if (!from_endpoint_.empty()) settings.aws.endpoint_url = from_endpoint_;
    if (!from_region_.empty()) settings.aws.region = from_region_;
    return settings;
  }

  std::vector<package::MarkerEnvironment> environments() const {
    try {
      return package::marker_environments(pythons_, platforms_);
    } catch (const Error& error) {
      throw UsageError(error.details().target + ": " + error.details().reason, error.hint());
    }
  }

  void print(Session& session, const index::PromoteReport& report, const std::string& from,
             const std::string& to) const {
    auto& output = session.output();
    const auto install = session.install_command(to, report.projects);
    if (output.json()) {
      output.document(promote_json(report, from, to, dry_run_, install));
      return;
    }
    Table table({{""}, {""}, {"", Table::Align::right}, {""}});
    for (const auto& file : report.files) {
      const bool promoted = file.outcome == index::PromotedFile::Outcome::promoted;
      const std::string word = !promoted ? "already there" : dry_run_ ? "would promote" : "promoted";
      std::string why = file.needed_by.empty() ? "" : "for " + file.needed_by;
      if (file.yanked) why += why.empty() ? "yanked" : ", yanked";
      table.add({{word, promoted ? Style::green : Style::dim},
                 {file.filename},
                 {human_size(file.size)},
                 {why, Style::dim}});
    }
    table.print(output);
    for (const auto& warning : report.warnings) output.note("warning: " + printable(warning));
    if (output.quiet()) return;
    for (const auto& left : report.left) {
      output.line(output.paint(Style::dim, "left") + "  " + printable(left.requirement) + ", needed by " +
                  printable(left.needed_by) + ": " +
                  (left.held.empty() ? "neither index has it" : "the target has " + printable(left.held)));
    }
    if (dry_run_) return;
    output.line("");
    output.line("install with");
    output.line("  " + install);
  }

  std::string from_;
  std::string to_;
  bool dependencies_ = false;
  std::vector<std::string> pythons_;
  std::vector<std::string> platforms_;
  bool yanked_ = false;
  bool dry_run_ = false;
  std::string acl_;
  std::uint64_t jobs_ = 4;
  std::string from_profile_;
  std::string from_endpoint_;
  std::string from_region_;
  std::vector<std::string> specs_;
};

}  // namespace

Verb promote_verb() {
  return {
      .name = "promote",
      .summary = "move releases from one index to another, the same bytes",
      .description =
          "The bytes that the source's index pins by their SHA-256 are the bytes that the target lists: what "
          "is "
          "damaged or was replaced in the source is refused. All that is named appears in the target, with "
          "its "
          "metadata, or nothing of it, whatever happens on the way. What is there already stays as it is; "
          "other "
          "bytes under a name that is taken are refused.\n\n"
          "With --with-dependencies, what the releases need (Requires-Dist, where its marker may hold) and "
          "only "
          "the source holds goes along: the highest version that fits, and what that needs. What the target "
          "has "
          "is left as it is; what neither index knows is left to the upstream index.",
      .examples = {{"wheelyard promote acme==1.2 --from s3://acme/staging --to s3://acme/prod",
                    "one release, with all of its files"},
                   {"wheelyard promote 'acme[server]==1.2' --from staging --to prod --with-dependencies -n",
                    "what would go, with all that it needs? (from a folder into a folder)"},
                   {"wheelyard promote acme==1.2 --from ./wheelhouse --to s3://acme/prod",
                    "from a folder into a bucket"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Promote>()); },
  };
}

}  // namespace wheelyard::cli
