#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/acl_option.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

constexpr std::uint64_t most_entries = 1'000'000;

class Page : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.value(to_, {.name = "to",
                        .value_name = "FOLDER",
                        .help = "write it into a folder of this machine instead of the store",
                        .completes = Completes::folders});
    options.value(request_.key, {.name = "key", .value_name = "KEY", .help = "the page's key or file name"});
    options.value(request_.title, {.name = "title", .value_name = "TEXT", .help = "the page's title"});
    options.number(entries_, 0, most_entries,
                   {.name = "entries", .value_name = "N", .help = "of each history the latest N; 0 for all"});
    declare_acl(options, request_.acl);
    options.argument(request_.names,
                     {.name = "NAME", .help = "releases; all without any", .repeatable = true});
  }

  bool writes() const override { return false; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    if (to_) request_.folder = *to_;
    request_.entries = entries_;
    request_.progress = session.progress("reading");
    const auto report = release::write_page(*opened.pipeline, request_);
    output.progress("");
    if (output.json()) {
      output.document(page_json(report, opened.url));
    } else {
      output.line(printable(report.place));
      output.note(count_of(report.names, "release") + ", " + human_size(report.size));
      for (const auto& name : report.unreadable)
        output.diagnostic(output.paint_err(Style::yellow, "warning:") + " " + printable(name) +
                          " cannot be read; the page says why");
    }
    return report.unreadable.empty() ? exit_success : exit_failure;
  }

  std::string name_asked_for() const override {
    return request_.names.size() == 1 ? request_.names.front() : std::string();
  }

  release::PageRequest request_;
  std::optional<std::string> to_;
  std::uint64_t entries_ = request_.entries;
};

}  // namespace

Verb release_page_verb() {
  return {
      .name = "page",
      .summary = "write a page of all releases",
      .description =
          "A static page, rank by rank, with the history of each release: one HTML file without script, "
          "which "
          "loads nothing from anywhere and reads well on a phone. It shows what was true when it was "
          "written.",
      .examples = {{"wheelyard release page", "into the bucket, as releases.html"},
                   {"wheelyard release page --to public --key index.html", "into a folder"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Page>()); },
  };
}

}  // namespace wheelyard::cli
