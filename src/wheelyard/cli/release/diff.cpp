#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/release/release_json.hpp"
#include "wheelyard/cli/release/release_verbs.hpp"
#include "wheelyard/cli/release/step_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"

namespace wheelyard::cli {
namespace {

using release::Difference;

Style style_of(Difference::Kind kind) {
  if (kind == Difference::Kind::added) return Style::green;
  return kind == Difference::Kind::removed ? Style::red : Style::yellow;
}

std::string sizes_text(const Difference& difference) {
  switch (difference.kind) {
    case Difference::Kind::added:
      return human_size(difference.size_after);
    case Difference::Kind::removed:
      return human_size(difference.size_before);
    case Difference::Kind::changed:
    case Difference::Kind::renamed:
      break;
  }
  if (difference.size_before == difference.size_after) return human_size(difference.size_after);
  return human_size(difference.size_before) + " → " + human_size(difference.size_after);
}

/// "symbolic link to a.so.1", "file": what a member is.
std::string type_text(const release::MemberTraits& traits) {
  return traits.target.empty() ? traits.type : traits.type + " to " + traits.target;
}

/// What of a member is otherwise than its bytes; "" for nothing.
std::string traits_text(const Difference& difference) {
  if (!difference.traits_before || !difference.traits_after) return {};
  const auto& before = *difference.traits_before;
  const auto& after = *difference.traits_after;
  if (before.type != after.type || before.target != after.target)
    return type_text(before) + " → " + type_text(after);
  if (before.has_same_mode(after)) return {};
  const auto text = [](const release::MemberTraits& traits) {
    return traits.mode ? release::mode_text(*traits.mode) : "not said";
  };
  return "mode " + text(before) + " → " + text(after);
}

std::string release_text(const release::Manifest& manifest) {
  return printable(manifest.version) + " (" + short_digest(manifest.digest()) + ")";
}

/// "acme-1.1.whl: pkg/a.py (was acme-1.0.whl: pkg/b.py)".
std::string title_of(const Difference& difference) {
  const auto joined = [](const std::string& file, const std::string& member) {
    return file + (member.empty() ? "" : ": " + member);
  };
  const auto& file_before = difference.file_before.empty() ? difference.file : difference.file_before;
  const auto& member_before = difference.member_before.empty() ? difference.member : difference.member_before;
  const auto title = joined(difference.file, difference.member);
  const auto before = joined(file_before, member_before);
  return before == title ? title : title + " (was " + before + ")";
}

class Diff : public ReleaseCommand {
  void declare_own(OptionSet& options) override {
    options.flag(exit_code_, {.name = "exit-code", .help = "end with status 1 where they differ"});
    options.argument(name_, {.name = "NAME", .help = "the release", .required = true});
    options.argument(before_, {.name = "BEFORE", .help = "a rank, or @VERSION", .required = true});
    options.argument(after_, {.name = "AFTER", .help = "a rank, or @VERSION", .required = true});
  }

  bool writes() const override { return false; }

  int act(Session& session, OpenedPipeline& opened) override {
    auto& output = session.output();
    request_.name = name_.front();
    request_.before = before_.front();
    request_.after = after_.front();
    request_.progress = session.progress("reading");
    const auto report = opened.pipeline->diff(request_);
    output.progress("");
    if (output.json()) {
      output.document(diff_json(report, opened.url));
    } else {
      print(output, report);
    }
    return exit_code_ && !report.differences.empty() ? exit_failure : exit_success;
  }

  std::string name_asked_for() const override { return request_.name; }

  void print(Output& output, const release::DiffReport& report) const {
    if (!output.quiet()) {
      const std::string before = printable(request_.before) + " " + release_text(report.before);
      const std::string after = printable(request_.after) + " " + release_text(report.after);
      output.line(before + (report.differences.empty() ? " and " : " → ") + after +
                  (report.differences.empty() ? " hold the same bytes" : ""));
    }
    Table table({{""}, {""}, {"", Table::Align::right}, {""}});
    for (const auto& difference : report.differences) {
      table.add({{std::string(to_string(difference.kind)), style_of(difference.kind)},
                 {title_of(difference)},
                 {sizes_text(difference), Style::dim},
                 {traits_text(difference)}});
    }
    if (!table.empty()) table.print(output);
    for (const auto& note : report.notes) output.note(printable(note));
  }

  release::DiffRequest request_;
  bool exit_code_ = false;
  std::vector<std::string> name_;
  std::vector<std::string> before_;
  std::vector<std::string> after_;
};

}  // namespace

Verb release_diff_verb() {
  return {
      .name = "diff",
      .summary = "show how two ranks or versions differ",
      .description =
          "Files that were added, removed or changed, with their sizes; wheels, zip and tar archives down to "
          "their members, whose modes, types and links' targets are compared too. By digests: what is the "
          "same "
          "is not read.",
      .examples = {{"wheelyard release diff my.tar.gz production staging", "what would a promotion change?"},
                   {"wheelyard release diff my.tar.gz @1.1 @1.2", "two versions, wherever they stand"}},
      .common = CommonUse::store,
      .group = "release",
      .make = [] { return std::unique_ptr<Command>(std::make_unique<Diff>()); },
  };
}

}  // namespace wheelyard::cli
