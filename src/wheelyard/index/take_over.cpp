#include "wheelyard/index/take_over.hpp"

#include <algorithm>
#include <mutex>
#include <set>

#include "wheelyard/base/url.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/package/name.hpp"

namespace wheelyard::index {

namespace {

constexpr std::size_t census_workers = 16;

std::string last_part(std::string_view key) {
  const auto slash = key.rfind('/');
  return std::string(slash == std::string_view::npos ? key : key.substr(slash + 1));
}

bool is_state(std::string_view part) {
  return part.starts_with('.') || part.starts_with('_');
}

/// What s3pypi calls its page: "index.html", or the folder's own name with its slash.
bool is_page_key(std::string_view key, std::string_view folder) {
  return key == folder || key.substr(folder.size()) == "index.html";
}

bool holds_project(store::ObjectStore& store, const std::string& folder) {
  auto lister = store.list({.prefix = folder, .delimiter = "/"});
  while (auto page = lister->next()) {
    for (const auto& object : page->objects) {
      const auto name = last_part(object.key);
      if (name == "index.html" || name == "index.json" || package::looks_like_distribution(name)) return true;
      if (object.key == folder && object.size > 0) return true;
    }
  }
  return false;
}

/// Adds an entry unless the page has one of that name; a link with a digest goes before one without.
void add_entry(ProjectPage& page, FileEntry entry) {
  auto* known = page.find(entry.filename);
  if (known == nullptr) {
    page.files.push_back(std::move(entry));
  } else if (known->hashes.empty() && !entry.hashes.empty()) {
    *known = std::move(entry);
  }
}

void add_listed(ProjectPage& page, const store::ObjectInfo& object, const std::string& url) {
  const auto filename = last_part(object.key);
  if (!package::looks_like_distribution(filename)) return;
  if (!package::parse_filename_of(filename, page.name)) return;
  if (auto* known = page.find(filename)) {
    // Whether a page that names no Python for an sdist knew of one is in the sdist alone. Without a size it
    // counts as incomplete, and `verify --repair` reads it; a wheel is read for its metadata anyway.
    const bool is_complete = filename.ends_with(".whl") || !known->requires_python.empty();
    if (!known->size && is_complete) known->size = object.size;
    if (!known->upload_time) known->upload_time = object.last_modified;
    return;
  }
  FileEntry entry;
  entry.filename = filename;
  entry.url = url;
  entry.size = object.size;
  entry.upload_time = object.last_modified;
  page.files.push_back(std::move(entry));
}

/// A link is relative to the page that it stood on; ours may lie in another folder.
std::string move_link(const std::string& url, const std::string& from_folder, const std::string& to_folder) {
  if (from_folder == to_folder || url.find("://") != std::string::npos || url.starts_with('/')) return url;
  return "../" + percent_encode(from_folder, "/") + url;
}

void take_folder(const PageStore& pages, const std::string& folder, ProjectPage& page) {
  auto& store = pages.store();
  const auto& prefix = pages.layout().prefix();
  const auto relative = folder.substr(prefix.size());
  const auto own = page.name + "/";
  std::vector<store::ObjectInfo> objects;
  auto lister = store.list({.prefix = folder, .delimiter = "/"});
  while (auto listed = lister->next()) {
    objects.insert(objects.end(), listed->objects.begin(), listed->objects.end());
  }
  for (const auto& object : objects) {
    // Folder markers of file browsers are empty objects with that key.
    if (!is_page_key(object.key, folder) || object.size == 0) continue;
    const auto html = store::get_bytes(store, object.key, max_page_bytes);
    auto found = project_from_html(html.bytes, page.name, store.describe(object.key));
    if (auto serial = html_serial(html.bytes)) page.serial = std::max(page.serial, *serial);
    for (auto& entry : found.files) {
      entry.url = move_link(entry.url, relative, own);
      add_entry(page, std::move(entry));
    }
  }
  for (const auto& object : objects) {
    add_listed(page, object, relative_link(pages.layout().page_html(page.name), object.key));
  }
}

}  // namespace

RootPage take_census(const PageStore& pages) {
  auto& store = pages.store();
  const auto& prefix = pages.layout().prefix();
  std::vector<std::string> folders;
  RootPage root;
  auto lister = store.list({.prefix = prefix, .delimiter = "/"});
  while (auto page = lister->next()) {
    for (const auto& folder : page->prefixes) folders.push_back(folder);
    for (const auto& object : page->objects) {
      const auto filename = object.key.substr(prefix.size());
      if (!package::looks_like_distribution(filename)) continue;
      if (auto parsed = package::parse_filename(filename).filename) {
        root.legacy[parsed->normalized_name].push_back(filename);
      }
    }
  }
  std::mutex mutex;
  parallel_for(folders.size(), census_workers, [&](std::size_t i) {
    const auto relative = folders[i].substr(prefix.size());
    const auto name = relative.substr(0, relative.size() - 1);
    if (is_state(name) || !package::is_valid_name(name) || !holds_project(store, folders[i])) return;
    const std::lock_guard lock(mutex);
    root.legacy[package::normalize_name(name)].push_back(relative);
  });
  std::set<std::string> projects;
  for (auto& [name, sources] : root.legacy) {
    std::sort(sources.begin(), sources.end());
    projects.insert(name);
  }
  root.projects.assign(projects.begin(), projects.end());
  return root;
}

ProjectPage take_over_project(const PageStore& pages, const std::string& name,
                              const std::vector<std::string>& sources) {
  ProjectPage page;
  page.name = name;
  for (const auto& source : sources) {
    const auto key = pages.layout().prefix() + source;
    if (source.ends_with('/')) {
      take_folder(pages, key, page);
    } else if (auto info = store::find_info(pages.store(), key)) {
      add_listed(page, *info, relative_link(pages.layout().page_html(name), key));
    }
  }
  sort_files(page);
  return page;
}

ProjectPage rebuild_project(const PageStore& pages, const std::string& name) {
  return take_over_project(pages, name, {name + "/"});
}

}  // namespace wheelyard::index
