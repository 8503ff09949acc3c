#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"

namespace wheelyard::cli {
namespace {

class Download : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(to_, {.name = "to",
                        .value_name = "PATH",
                        .help = "a folder, or the file's path where the release is one file; else here",
                        .completes = Completes::files});
    options.argument(release_, {.name = "NAME[@VERSION]",
                                .help = "the release; with a version, refuse where the rank holds another",
                                .required = true});
    options.argument(rank_, {.name = "RANK", .help = "out of which rank", .required = true});
  }

  bool writes() const override { return false; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    if (to_ == "-") {
      throw UsageError("--to is a folder or a file: what is not checked to its end is shown to nobody",
                       "name a file, or ./- for one of that name");
    }
    auto [name, version] = split_version(release_.front());
    request_.name = name;
    request_.version = version;
    request_.rank = rank_.front();
    request_.to = to_;
    request_.progress = session.progress("downloading", Session::Counted::bytes);
    const auto report = opened.pipeline->download(request_);
    output.progress("");
    if (output.json()) {
      output.document(download_json(report, opened.url));
      return exit_success;
    }
    for (const auto& path : report.paths) output.line(printable(path.string()));
    output.note(printable(report.manifest.name + " " + report.manifest.version) + " (" +
                short_digest(report.manifest.digest()) + ") of " + printable(report.rank) +
                ", held against its manifest");
    return exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  release::DownloadRequest request_;
  std::string to_;
  std::vector<std::string> release_;
  std::vector<std::string> rank_;
};

}  // namespace

Verb release_download_verb() {
  return {
      .name = "download",
      .summary = "fetch what a rank holds",
      .description =
          "All files of one release, never a mixture of two, each held against the manifest's size and "
          "SHA-256. "
          "They get their names when all are there.",
      .examples = {{"wheelyard release download my.tar.gz production", "into this folder"},
                   {"wheelyard release download app@1.2 production --to /srv/app",
                    "into a folder; fails where production holds another version"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Download>()); },
  };
}

}  // namespace wheelyard::cli
