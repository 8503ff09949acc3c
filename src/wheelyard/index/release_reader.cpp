#include "wheelyard/index/release_reader.hpp"

#include <algorithm>
#include <set>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/index/layout.hpp"
#include "wheelyard/index/local_copy.hpp"
#include "wheelyard/package/metadata.hpp"

namespace wheelyard::index {

namespace {

constexpr std::size_t sha256_digits = 64;
/// The largest metadata that an inspection takes.
constexpr std::uint64_t max_metadata_bytes = 16u << 20;

Error refused(const std::string& what, std::string reason, std::string hint) {
  return Error(ErrorCode::invalid_argument, "promote", what, std::move(reason), std::move(hint));
}

}  // namespace

const ProjectPage* ReleaseReader::page(const std::string& project) {
  auto found = pages_.find(project);
  if (found == pages_.end()) {
    auto read = repository_.read_project(project);
    found = pages_.emplace(project, read ? std::optional(std::move(read->page)) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

const ListedFile& ReleaseReader::file(const std::string& project, const FileEntry& entry) {
  const auto name = project + "/" + entry.filename;
  const auto found = files_.find(name);
  if (found != files_.end()) return found->second;
  return files_.emplace(name, read(project, entry)).first->second;
}

ListedFile ReleaseReader::read(const std::string& project, const FileEntry& entry) {
  auto& store = repository_.store();
  const auto place = store.describe(repository_.prefix() + project + "/" + entry.filename);
  const auto key = repository_.key_of(project, entry);
  if (!key)
    throw refused(place, "its link leads out of the repository, to " + entry.url, "publish it there first");
  if (entry.sha256().size() != sha256_digits) {
    throw refused(
        place, "the index lists it without its SHA-256",
        "run 'wheelyard verify --repair " + project + "' on the source: it reads the file and adds it");
  }
  const auto parsed = package::parse_filename_of(entry.filename, project);
  if (!parsed)
    throw refused(place, "its name is not that of a distribution of " + project, "name other files");
  ListedFile result;
  result.key = *key;
  result.yanked = entry.yanked;
  result.yanked_reason = entry.yanked_reason;
  auto& distribution = result.distribution;
  distribution.path = place;
  distribution.filename = entry.filename;
  distribution.kind = parsed->kind;
  distribution.name = parsed->name;
  distribution.normalized_name = project;
  distribution.version = parsed->version.to_string();
  distribution.sha256 = entry.sha256();
  distribution.requires_python = entry.requires_python;
  distribution.size = entry.size ? *entry.size : store.head(*key).size;
  if (entry.has_metadata && !entry.metadata_sha256.empty()) {
    const auto metadata_key = Layout::metadata_of(*key);
    auto metadata = store::find_bytes(store, metadata_key, max_metadata_bytes);
    if (!metadata || sha256_hex(metadata->bytes) != entry.metadata_sha256) {
      throw Error(ErrorCode::corrupted, "promote", store.describe(metadata_key),
                  metadata ? "it is not what the index lists, by its SHA-256"
                           : "the index lists it, and it is not there",
                  "run 'wheelyard verify --deep --repair " + project + "' on the source");
    }
    distribution.core_metadata = std::move(metadata->bytes);
    return result;
  }
  // Of a wheel every installer wants it; nobody asks for that of an sdist.
  if (parsed->kind == package::DistributionKind::wheel) {
    const auto inspected = inspect(result);
    distribution.core_metadata = inspected.core_metadata;
    distribution.requires_python = inspected.requires_python;
  }
  return result;
}

package::Distribution ReleaseReader::inspect(const ListedFile& file) const {
  auto& store = repository_.store();
  const LocalCopy copy(store, file.key);
  auto inspected = package::inspect_distribution_as(copy.path(), file.distribution.filename);
  if (inspected.sha256 != file.distribution.sha256) {
    throw Error(
        ErrorCode::corrupted, "promote", store.describe(file.key),
        "it is listed with SHA-256 " + file.distribution.sha256 + " and has " + inspected.sha256,
        "look with 'wheelyard verify --deep " + file.distribution.normalized_name + "' in the source");
  }
  return inspected;
}

std::vector<std::string> ReleaseReader::requires_dist(const ListedFile& file) const {
  const auto& distribution = file.distribution;
  if (distribution.core_metadata.empty()) return inspect(file).requires_dist;
  auto values = package::parse_metadata(distribution.core_metadata, distribution.filename + ".metadata")
                    .get_all("Requires-Dist");
  for (auto& value : values) value = package::unfolded(value);
  return values;
}

std::vector<package::Version> ReleaseReader::versions(const std::string& project, bool yanked) {
  std::vector<package::Version> versions;
  const auto* listed = page(project);
  if (listed == nullptr) return versions;
  for (const auto& entry : listed->files) {
    if (entry.yanked && !yanked) continue;
    if (auto parsed = package::parse_filename_of(entry.filename, project))
      versions.push_back(parsed->version);
  }
  std::ranges::sort(versions);
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

std::vector<const FileEntry*> ReleaseReader::files(const std::string& project,
                                                   const package::Version& version) {
  std::vector<const FileEntry*> files;
  const auto* listed = page(project);
  if (listed == nullptr) return files;
  for (const auto& entry : listed->files) {
    const auto parsed = package::parse_filename_of(entry.filename, project);
    if (parsed && parsed->version == version) files.push_back(&entry);
  }
  return files;
}

const std::vector<package::Requirement>& ReleaseReader::needs(const std::string& project,
                                                              const package::Version& version) {
  const auto name = project + "/" + version.to_string();
  const auto known = needs_.find(name);
  if (known != needs_.end()) return known->second;
  std::vector<package::Requirement> needs;
  std::set<std::string> seen;
  const auto release = files(project, version);
  const auto is_wheel = [](const FileEntry* entry) { return entry->filename.ends_with(".whl"); };
  const bool any_wheel = std::ranges::any_of(release, is_wheel);
  for (const auto* entry : release) {
    if (any_wheel && !is_wheel(entry)) continue;
    for (const auto& text : requires_dist(file(project, *entry))) {
      if (!seen.insert(text).second) continue;
      auto parsed = package::Requirement::parse(text);
      if (!parsed.requirement) {
        throw Error(ErrorCode::corrupted, "find out what " + project + " needs by", entry->filename,
                    "its 'Requires-Dist: " + printable(text, 200) + "' cannot be read: " + parsed.problem,
                    "leave --with-dependencies out and promote what it needs by name");
      }
      needs.push_back(std::move(*parsed.requirement));
    }
  }
  return needs_.emplace(name, std::move(needs)).first->second;
}

}  // namespace wheelyard::index
