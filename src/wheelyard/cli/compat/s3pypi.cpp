#include <map>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/compat/s3util_options.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/inspect_files.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::size_t workers = 4;
const std::string acl = "public-read";

/// s3pypi of ilabs.s3util 0.6.7, through the index.
class S3pypi : public Command {
 public:
  void declare(OptionSet& options) override {
    s3util_.declare(
        options,
        "s3://bucket/prefix; else as pip's configuration names it: target in [ilabs.s3util], or an "
        "extra-index-url that is an S3 website");
  }

  int run(Session& session) override {
    auto& output = session.output();
    const auto inspected =
        inspect_files(compat::find_files(s3util_.masks), workers, session.progress("checking"));
    const auto target = config::s3util_target(s3util_.target, session.environment());
    if (!inspected.errors.empty()) {
      output.progress("");
      print_errors(output, inspected.errors);
      output.note("nothing was sent");
      return exit_failure;
    }
    const auto opened = session.open_repository(target.value, s3util_.store_settings(session));
    index::PublishRequest request;
    request.distributions = inspected.distributions;
    request.force = s3util_.force;
    request.refuse_existing = !s3util_.force;
    request.acl = acl;
    request.workers = workers;
    request.progress = session.progress("uploading");
    const auto report = opened.repository->publish(request);
    output.progress("");
    print(session, request, report, opened.url);
    return exit_success;
  }

 private:
  static void print(Session& session, const index::PublishRequest& request,
                    const index::PublishReport& report, const std::string& url) {
    auto& output = session.output();
    if (output.json()) {
      output.document(publish_json(report, url, false, session.install_command(url, report.projects)));
      return;
    }
    std::map<std::string, std::string> paths;
    for (const auto& distribution : request.distributions)
      paths[distribution.filename] = distribution.path.string();
    for (const auto& file : report.files) {
      const std::string path = printable(paths[file.filename]);
      if (file.outcome == index::PublishedFile::Outcome::unchanged) {
        output.line("Already there: " + path);
      } else {
        output.line("Uploading " + path + " as " + printable(compat::printed_url(file.key)) + " [" + acl +
                    "]");
      }
    }
    for (const auto& project : report.projects) output.line("Creating index for package " + project);
  }

  compat::S3utilOptions s3util_;
};

}  // namespace

Verb s3pypi_verb() {
  return {
      .name = "s3pypi",
      .summary = "ilabs.s3util's command: packages into a public bucket's index",
      .description =
          "Takes what s3pypi of ilabs.s3util 0.6.7 takes, and is called when the program runs under the name "
          "s3pypi. "
          "Everything is written as public-read. Without --force a file that is there already refuses the "
          "whole "
          "batch.\n\n"
          "Names are normalised and links carry digests; several may run at the same moment.",
      .examples = {{"s3pypi dist/*", "to the target that pip's configuration names"},
                   {"s3pypi dist/* --target s3://acme-public/0c9d7f", "to a bucket and prefix"}},
      .common = CommonUse::store,
      .by_name = true,
      .make = [] { return std::unique_ptr<Command>(std::make_unique<S3pypi>()); },
  };
}

}  // namespace wheelyard::cli
