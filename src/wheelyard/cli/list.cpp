#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/file_version.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/cli/wrong_input.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::cli {
namespace {

class List : public Command {
 public:
  void declare(OptionSet& options) override {
    options.argument(projects_,
                     {.name = "PROJECT", .help = "projects whose files are shown", .repeatable = true});
  }

  int run(Session& session) override {
    const auto opened = session.open_repository();
    if (projects_.empty()) {
      print_projects(session.output(), opened);
    } else {
      print_files(session.output(), opened);
    }
    return exit_success;
  }

 private:
  static void print_projects(Output& output, const OpenedRepository& opened) {
    const auto root = opened.repository->read_root();
    if (output.json()) return output.document(projects_json(root.projects, opened.url));
    for (const auto& project : root.projects) output.line(printable(project));
    if (root.projects.empty()) output.note("nothing is published in " + opened.url + " yet");
  }

  void print_files(Output& output, const OpenedRepository& opened) const {
    std::vector<index::ProjectPage> pages;
    for (const auto& name : projects_) pages.push_back(read(opened, name));
    if (output.json()) return output.document(files_json(pages, opened.url));
    Table table({{"FILE"}, {"VERSION"}, {"SIZE", Table::Align::right}, {"UPLOADED"}, {"PYTHON"}, {"YANKED"}});
    for (const auto& page : pages) {
      for (const auto& file : page.files) add_row(table, page.name, file);
    }
    if (table.empty()) {
      output.note("no file is listed");
    } else {
      table.print(output);
    }
  }

  static index::ProjectPage read(const OpenedRepository& opened, const std::string& name) {
    if (!package::is_valid_name(name)) {
      throw WrongInput(Error(ErrorCode::invalid_argument, "list", "'" + printable(name) + "'",
                             "it is no project's name",
                             "'wheelyard list' without a name shows the projects"));
    }
    auto project = opened.repository->read_project(package::normalize_name(name));
    if (!project) {
      throw Error(ErrorCode::not_found, "list", name, "no such project in " + opened.url,
                  "'wheelyard list' without a name shows the projects");
    }
    return std::move(project->page);
  }

  static void add_row(Table& table, const std::string& project, const index::FileEntry& file) {
    std::string yanked;
    if (file.yanked) yanked = file.yanked_reason.empty() ? "yanked" : "yanked: " + file.yanked_reason;
    table.add({{file.filename, file.yanked ? Style::dim : Style::plain},
               {file_version(file.filename, project)},
               {file.size ? human_size(*file.size) : "?"},
               {file.upload_time ? iso_seconds(*file.upload_time) : "?"},
               {file.requires_python},
               {yanked, Style::yellow}});
  }

  std::vector<std::string> projects_;
};

}  // namespace

Verb list_verb() {
  return {
      .name = "list",
      .summary = "show the projects, or the files of some",
      .description =
          "Without a name: the projects of the repository, one a line. With names: their files, each with "
          "version, size, time of upload, the Pythons it is for, and whether it is yanked.",
      .examples = {{"wheelyard list", "the projects of the repository in WHEELYARD_REPO"},
                   {"wheelyard list --repo s3://acme-wheels/simple acme", "the files of one project"},
                   {"wheelyard list --json acme", "the same for a program"}},
      .make = [] { return std::unique_ptr<Command>(std::make_unique<List>()); },
  };
}

}  // namespace wheelyard::cli
