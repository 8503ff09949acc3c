#include "wheelyard/index/project_editor.hpp"

#include <algorithm>

#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/take_over.hpp"
#include "wheelyard/store/swap_rounds.hpp"

namespace wheelyard::index {

namespace {

bool names(const RootPage& root, const std::string& project) {
  return std::binary_search(root.projects.begin(), root.projects.end(), project);
}

std::vector<std::string> sources_of(const RootPage& root, const std::string& project) {
  const auto found = root.legacy.find(project);
  return found == root.legacy.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace

Stored<ProjectPage> ProjectEditor::load_for_change(const std::string& name) const {
  auto stored = pages_.find_project(name);
  if (stored && stored->page.in_root) return std::move(*stored);
  // The root comes first: a page that exists is one that the root names.
  const auto root = join_root(name);
  if (!stored)
    stored = Stored<ProjectPage>{take_over_project(pages_, name, sources_of(root, name)), std::nullopt};
  stored->page.in_root = true;
  return std::move(*stored);
}

std::optional<Stored<ProjectPage>> ProjectEditor::load_existing(const std::string& name) const {
  if (auto stored = pages_.find_project(name)) return stored;
  const auto stored_root = pages_.find_root();
  const auto root = stored_root ? stored_root->page : take_census(pages_);
  const auto sources = sources_of(root, name);
  if (!names(root, name) && sources.empty()) return std::nullopt;
  return Stored<ProjectPage>{take_over_project(pages_, name, sources), std::nullopt};
}

bool ProjectEditor::swap(Stored<ProjectPage>& stored, bool visible) const {
  sort_files(stored.page);
  if (visible) ++stored.page.serial;
  return pages_.swap(stored, acl_);
}

std::optional<ProjectPage> ProjectEditor::edit(const std::string& name,
                                               const std::function<Edited(ProjectPage&)>& edit) const {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto stored = load_existing(name);
    if (!stored) return std::nullopt;
    const auto edited = edit(stored->page);
    if (edited == Edited::nothing) {
      // An earlier run may have ended between the two pages.
      if (stored->etag) catch_up_html(stored->page);
      return stored->page;
    }
    if (!swap(*stored, edited == Edited::visible)) continue;
    if (edited == Edited::visible) catch_up_html(stored->page);
    return stored->page;
  }
  store::give_up(pages_.store().describe(pages_.layout().page_json(name)));
}

RootPage ProjectEditor::join_root(const std::string& name) const {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto stored = pages_.find_root();
    if (!stored) stored = Stored<RootPage>{take_census(pages_), std::nullopt};
    auto& root = stored->page;
    if (!stored->etag || !names(root, name)) {
      if (!names(root, name)) {
        root.projects.insert(std::lower_bound(root.projects.begin(), root.projects.end(), name), name);
      }
      ++root.serial;
      if (!pages_.swap(*stored, acl_)) continue;
    }
    pages_.catch_up_html(root, acl_);
    return root;
  }
  store::give_up(pages_.store().describe(pages_.layout().root_json()));
}

void ProjectEditor::leave_root(const std::string& name) const {
  const auto is_empty = [&] {
    const auto stored = pages_.find_project(name);
    return !stored || (stored->page.files.empty() && !stored->page.in_root);
  };
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto stored = pages_.find_root();
    if (!stored || !names(stored->page, name) || !is_empty()) return;
    std::erase(stored->page.projects, name);
    ++stored->page.serial;
    if (!pages_.swap(*stored, acl_)) continue;
    pages_.catch_up_html(stored->page, acl_);
    // A publisher may have found its project named just before the swap above dropped it.
    if (!is_empty()) join_root(name);
    return;
  }
  store::give_up(pages_.store().describe(pages_.layout().root_json()));
}

void ProjectEditor::touch_root() const {
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    auto stored = pages_.find_root();
    if (!stored) return;
    const auto html = store::find_bytes(pages_.store(), pages_.layout().root_html(), max_page_bytes);
    const auto html_serial_there = html ? html_serial(html->bytes).value_or(0) : 0;
    stored->page.serial = std::max(stored->page.serial, html_serial_there) + 1;
    if (!pages_.swap(*stored, acl_)) continue;
    pages_.catch_up_html(stored->page, acl_);
    return;
  }
  store::give_up(pages_.store().describe(pages_.layout().root_json()));
}

}  // namespace wheelyard::index
