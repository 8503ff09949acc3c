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

bool is_wheel(const FileEntry& entry) {
  return entry.filename.ends_with(".whl");
}

/// Whether every Python 3 on every platform takes it, so that nobody builds the sdist beside it.
bool is_universal(const FileEntry& entry, const std::string& project) {
  const auto parsed = package::parse_filename_of(entry.filename, project);
  const auto has = [](const std::vector<std::string>& tags, std::string_view tag) {
    return std::ranges::find(tags, tag) != tags.end();
  };
  return parsed && has(parsed->pythons, "py3") && has(parsed->abis, "none") && has(parsed->platforms, "any");
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
  const auto index = store.describe(repository_.prefix());
  const auto key = repository_.key_of(project, entry);
  if (!key)
    throw refused(place, "its link leads out of the repository, to " + entry.url, "publish it there first");
  if (entry.sha256().size() != sha256_digits) {
    throw refused(
        place, "the index lists it without its SHA-256",
        "run 'wheelyard verify --repair " + project + "' on " + index + ": it reads the file and adds it");
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
                  "run 'wheelyard verify --deep --repair " + project + "' on " + index);
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
    throw Error(ErrorCode::corrupted, "promote", store.describe(file.key),
                "it is listed with SHA-256 " + file.distribution.sha256 + " and has " + inspected.sha256,
                "look with 'wheelyard verify --deep " + file.distribution.normalized_name + "' in " +
                    store.describe(repository_.prefix()));
  }
  return inspected;
}

ReleaseReader::Told ReleaseReader::told(const ListedFile& file) const {
  const auto& distribution = file.distribution;
  const bool wheel = distribution.kind == package::DistributionKind::wheel;
  if (distribution.core_metadata.empty()) {
    auto inspected = inspect(file);
    return {std::move(inspected.requires_dist), wheel || !inspected.needs_open};
  }
  const auto metadata =
      package::parse_metadata(distribution.core_metadata, distribution.filename + ".metadata");
  return {package::needs_of(metadata), wheel || !package::leaves_needs_open(metadata)};
}

const std::map<package::Version, std::vector<const FileEntry*>>& ReleaseReader::releases(
    const std::string& project) {
  const auto [known, fresh] = releases_.try_emplace(project);
  const auto* listed = fresh ? page(project) : nullptr;
  if (listed == nullptr) return known->second;
  for (const auto& entry : listed->files) {
    if (const auto parsed = package::parse_filename_of(entry.filename, project))
      known->second[parsed->version].push_back(&entry);
  }
  return known->second;
}

const ReleaseNeeds& ReleaseReader::needs(const std::string& project, const package::Version& version,
                                         const std::vector<const FileEntry*>& files) {
  auto name = project;
  for (const auto* entry : files) name += "/" + entry->filename;
  const auto known = needs_.find(name);
  if (known != needs_.end()) return known->second;
  return needs_.emplace(name, read_needs(project, version, files)).first->second;
}

ReleaseNeeds ReleaseReader::read_needs(const std::string& project, const package::Version& version,
                                       const std::vector<const FileEntry*>& files) {
  ReleaseNeeds needs;
  std::set<std::string> seen;
  const auto take = [&](const FileEntry& entry) {
    const auto told = this->told(file(project, entry));
    for (const auto& text : told.requires_dist) {
      if (!seen.insert(text).second) continue;
      auto parsed = package::Requirement::parse(text);
      if (!parsed.requirement) {
        throw Error(ErrorCode::corrupted, "find out what " + project + " needs by", entry.filename,
                    "its 'Requires-Dist: " + printable(text, 200) + "' cannot be read: " + parsed.problem,
                    "leave --with-dependencies out and promote what it needs by name");
      }
      needs.requirements.push_back(std::move(*parsed.requirement));
    }
    return told.certain;
  };
  bool any_wheel = false;
  for (const auto* entry : files) {
    if (!is_wheel(*entry)) continue;
    take(*entry);
    any_wheel = true;
  }
  if (std::ranges::any_of(files, [&](const auto* entry) { return is_universal(*entry, project); }))
    return needs;
  for (const auto* entry : files) {
    if (is_wheel(*entry)) continue;
    bool certain = false;
    try {
      certain = take(*entry);
    } catch (const Error& error) {
      const bool unfit = error.code() == ErrorCode::corrupted || error.code() == ErrorCode::invalid_argument;
      if (!any_wheel || !unfit) throw;
      needs.warnings.push_back("what " + entry->filename +
                               " needs is not known, and it goes by the wheels: " + error.what());
      continue;
    }
    if (certain || any_wheel) continue;
    // Wheels of the release that are not among the files tell as well.
    for (const auto* other : releases(project).at(version)) {
      if (!is_wheel(*other)) continue;
      take(*other);
      any_wheel = true;
    }
    if (any_wheel) continue;
    needs.warnings.push_back("what " + entry->filename +
                             " needs is certain only once it is built: its metadata leaves it open");
  }
  return needs;
}

}  // namespace wheelyard::index
