#include "wheelyard/index/model.hpp"

#include <algorithm>
#include <utility>

#include "wheelyard/package/filename.hpp"

namespace wheelyard::index {
namespace {

struct Versioned {
  std::optional<package::Version> version;
  std::size_t position = 0;
};

/// Each file's version, in the order of the files.
std::vector<Versioned> versions_of(const ProjectPage& page) {
  std::vector<Versioned> result(page.files.size());
  for (std::size_t i = 0; i < page.files.size(); ++i) {
    result[i].position = i;
    if (auto parsed = package::parse_filename_of(page.files[i].filename, page.name)) {
      result[i].version = std::move(parsed->version);
    }
  }
  return result;
}

}  // namespace

std::string FileEntry::sha256() const {
  auto found = hashes.find("sha256");
  return found == hashes.end() ? std::string() : found->second;
}

const FileEntry* ProjectPage::find(std::string_view filename) const {
  auto found = std::find_if(files.begin(), files.end(),
                            [&](const FileEntry& file) { return file.filename == filename; });
  return found == files.end() ? nullptr : &*found;
}

FileEntry* ProjectPage::find(std::string_view filename) {
  return const_cast<FileEntry*>(std::as_const(*this).find(filename));
}

std::vector<std::string> ProjectPage::versions() const {
  std::vector<package::Version> found;
  for (auto& [version, position] : versions_of(*this)) {
    if (version && (found.empty() || !(found.back() == *version))) found.push_back(std::move(*version));
  }
  if (!std::is_sorted(found.begin(), found.end())) std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<std::string> result;
  result.reserve(found.size());
  for (const auto& version : found) result.push_back(version.to_string());
  return result;
}

void sort_files(ProjectPage& page) {
  auto order = versions_of(page);
  auto before = [&](const Versioned& a, const Versioned& b) {
    if (a.version.has_value() != b.version.has_value()) return b.version.has_value();
    if (a.version) {
      auto compared = *a.version <=> *b.version;
      if (compared != 0) return compared < 0;
    }
    return page.files[a.position].filename < page.files[b.position].filename;
  };
  if (std::is_sorted(order.begin(), order.end(), before)) return;
  std::stable_sort(order.begin(), order.end(), before);
  std::vector<FileEntry> sorted;
  sorted.reserve(order.size());
  for (const auto& item : order) sorted.push_back(std::move(page.files[item.position]));
  page.files = std::move(sorted);
}

}  // namespace wheelyard::index
