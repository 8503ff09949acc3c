#include "wheelyard/index/repository.hpp"

#include <algorithm>
#include <map>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/page_json.hpp"
#include "wheelyard/index/promoter.hpp"
#include "wheelyard/index/publisher.hpp"
#include "wheelyard/index/selection.hpp"
#include "wheelyard/index/take_over.hpp"
#include "wheelyard/index/verifier.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {

struct Repository::State {
  State(std::shared_ptr<store::ObjectStore> the_store, std::string prefix, RepositoryOptions the_options)
      : store(std::move(the_store)),
        pages(*store, Layout(std::move(prefix))),
        options(std::move(the_options)) {}

  std::shared_ptr<store::ObjectStore> store;
  PageStore pages;
  RepositoryOptions options;
};

namespace {

using Selections = std::map<std::string, std::vector<Selection>>;

Selections parse_selections(const std::vector<std::string>& specs) {
  Selections by_project;
  for (const auto& spec : specs) {
    auto selection = Selection::parse(spec);
    by_project[selection.project].push_back(std::move(selection));
  }
  return by_project;
}

/// The project's files that any of the selections means, in the page's order; every selection must mean one.
std::vector<const FileEntry*> select(const ProjectPage& page, const std::vector<Selection>& selections,
                                     const store::ObjectStore& store) {
  std::vector<const FileEntry*> files;
  for (const auto& selection : selections) {
    if (std::none_of(page.files.begin(), page.files.end(),
                     [&](const FileEntry& file) { return selection.selects(file); })) {
      throw Error(ErrorCode::not_found, "find", "'" + selection.text + "' in " + store.describe(page.name),
                  "no file of the project is meant by it",
                  "'wheelyard list " + page.name + "' shows what there is");
    }
  }
  for (const auto& file : page.files) {
    if (std::any_of(selections.begin(), selections.end(),
                    [&](const Selection& selection) { return selection.selects(file); })) {
      files.push_back(&file);
    }
  }
  return files;
}

[[noreturn]] void no_such_project(const PageStore& pages, const std::string& name) {
  throw Error(ErrorCode::not_found, "find project", "'" + name + "'",
              "the repository " + pages.store().describe(pages.layout().prefix()) + " has none of that name",
              "'wheelyard list' shows its projects");
}

/// All selections are looked up before anything is changed: a typing error in the last one changes nothing.
void check_selections(const ProjectEditor& editor, const Selections& selections) {
  for (const auto& [project, wanted] : selections) {
    const auto stored = editor.load_existing(project);
    if (!stored) no_such_project(editor.pages(), project);
    select(stored->page, wanted, editor.pages().store());
  }
}

}  // namespace

Repository::Repository(std::shared_ptr<store::ObjectStore> store, std::string prefix,
                       RepositoryOptions options)
    : state_(std::make_unique<State>(std::move(store), std::move(prefix), std::move(options))) {}

Repository::~Repository() = default;

PublishReport Repository::publish(const PublishRequest& request) {
  return Publisher(state_->pages, request, state_->options).run();
}

SelectReport Repository::yank(const YankRequest& request) {
  const ProjectEditor editor(state_->pages, request.acl);
  const auto selections = parse_selections(request.specs);
  check_selections(editor, selections);
  SelectReport report;
  for (const auto& [project, wanted] : selections) {
    std::vector<SelectedFile> selected;
    const auto apply = [&, &project = project, &wanted = wanted](ProjectPage& page) {
      selected.clear();
      bool any = false;
      for (const auto* chosen : select(page, wanted, *state_->store)) {
        auto& file = *page.find(chosen->filename);
        const auto reason = request.yanked ? request.reason : std::string{};
        const bool changes = file.yanked != request.yanked || file.yanked_reason != reason;
        file.yanked = request.yanked;
        file.yanked_reason = reason;
        selected.push_back({project, file.filename, changes});
        any = any || changes;
      }
      return any ? ProjectEditor::Edited::visible : ProjectEditor::Edited::nothing;
    };
    if (request.dry_run) {
      auto stored = editor.load_existing(project);
      if (!stored) no_such_project(state_->pages, project);
      apply(stored->page);
    } else if (!editor.edit(project, apply)) {
      no_such_project(state_->pages, project);
    }
    report.files.insert(report.files.end(), selected.begin(), selected.end());
  }
  return report;
}

SelectReport Repository::remove(const SelectRequest& request) {
  const ProjectEditor editor(state_->pages, request.acl);
  const Withdrawer withdrawer(editor, state_->options);
  const auto selections = parse_selections(request.specs);
  check_selections(editor, selections);
  SelectReport report;
  for (const auto& [project, wanted] : selections) {
    const auto stored = editor.load_existing(project);
    if (!stored) no_such_project(state_->pages, project);
    std::vector<std::string> filenames;
    for (const auto* file : select(stored->page, wanted, *state_->store)) filenames.push_back(file->filename);
    if (!request.dry_run) withdrawer.withdraw(project, filenames);
    for (const auto& filename : filenames) report.files.push_back({project, filename, true});
  }
  return report;
}

VerifyReport Repository::verify(const VerifyRequest& request) {
  return Verifier(state_->pages, request, state_->options).run();
}

PromoteReport Repository::promote_from(Repository& source, const PromoteRequest& request) {
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    Promoter promoter(source, source.state_->store, *this, state_->store, state_->pages, request,
                      state_->options);
    if (auto report = promoter.run()) return std::move(*report);
  }
  throw Error(ErrorCode::unavailable, "promote to", state_->store->describe(prefix()),
              "this run was held up for so long that others took it for dead and took it back, " +
                  std::to_string(attempts) + " times; nothing was listed",
              "run the same command again");
}

RootPage Repository::read_root() {
  auto stored = state_->pages.find_root();
  return stored ? std::move(stored->page) : take_census(state_->pages);
}

std::optional<ReadProject> Repository::read_project(const std::string& name) {
  if (!package::is_normalized_name(name)) return std::nullopt;
  if (auto stored = state_->pages.find_project(name)) {
    return ReadProject{std::move(stored->page), *stored->etag, ReadProject::Origin::json};
  }
  auto taken_over = ProjectEditor(state_->pages, "").load_existing(name);
  if (!taken_over) return std::nullopt;
  // No one object stands for it, so its content does.
  auto etag = to_json(taken_over->page);
  return ReadProject{std::move(taken_over->page), sha256_hex(etag), ReadProject::Origin::listing};
}

std::optional<std::string> Repository::project_etag(const std::string& name) {
  if (!package::is_normalized_name(name)) return std::nullopt;
  const auto info = store::find_info(*state_->store, state_->pages.layout().page_json(name));
  if (!info) return std::nullopt;
  return info->etag;
}

std::optional<std::string> Repository::key_of(const std::string& project, const FileEntry& file) const {
  return state_->pages.key_of(project, file);
}

store::ObjectStore& Repository::store() const {
  return *state_->store;
}

const std::string& Repository::prefix() const {
  return state_->pages.layout().prefix();
}

}  // namespace wheelyard::index
