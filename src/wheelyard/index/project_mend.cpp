#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/local_copy.hpp"
#include "wheelyard/index/object_options.hpp"
#include "wheelyard/index/project_check.hpp"

namespace wheelyard::index {

namespace {

std::optional<TimePoint> withdrawn_at(const ProjectPage& page, const std::string& filename) {
  const auto found = page.withdrawn.find(filename);
  return found == page.withdrawn.end() ? std::nullopt : std::optional(found->second.at);
}

}  // namespace

void ProjectCheck::unlist(const FileEntry& entry, std::string kind, std::string detail, bool damaged) {
  const auto problem = findings_.add(
      std::move(kind), name_, entry.filename, std::move(detail),
      damaged ? "take it out of the index and leave the bytes where they are" : "take it out of the index");
  if (!findings_.repairs()) return;
  mends_.push_back({problem, [this, entry, damaged](ProjectPage& page) {
                      const auto* listed = page.find(entry.filename);
                      if (listed == nullptr || listed->sha256() != entry.sha256()) return false;
                      // It may have come back since it was looked for.
                      const auto key = pages_.key_of(name_, entry);
                      if (!damaged && key && store::find_info(pages_.store(), *key)) return false;
                      std::erase_if(page.files,
                                    [&](const FileEntry& file) { return file.filename == entry.filename; });
                      if (damaged) {
                        page.withdrawn[entry.filename] = {Withdrawal::State::damaged, options_.clock(),
                                                          entry.sha256(), ""};
                      }
                      return true;
                    }});
}

void ProjectCheck::complete(const FileEntry& entry, const std::string& key, std::string kind,
                            std::string detail, std::optional<TimePoint> withdrawn) {
  const bool unlisted = kind == "unlisted";
  const auto problem = findings_.add(std::move(kind), name_, entry.filename, std::move(detail),
                                     unlisted ? "read it and list it" : "read it and add what is missing");
  if (!findings_.repairs()) return;
  try {
    const auto distribution = inspect(key, entry.filename);
    if (distribution.normalized_name != name_) {
      findings_.failed(problem, "it is a file of the project '" + distribution.normalized_name + "'");
      return;
    }
    if (!entry.sha256().empty() && entry.sha256() != distribution.sha256) {
      findings_.failed(problem,
                       "it is listed with another digest than it has; look with 'wheelyard verify --deep'");
      return;
    }
    put_metadata(key, distribution);
    mends_.push_back({problem, [this, entry, distribution, withdrawn, unlisted](ProjectPage& page) {
                        auto* listed = page.find(entry.filename);
                        if ((listed == nullptr) != unlisted) return false;
                        // Withdrawn since we looked: what we read may be gone.
                        if (unlisted && withdrawn_at(page, entry.filename) != withdrawn) return false;
                        auto& target = unlisted ? page.files.emplace_back(entry) : *listed;
                        target.hashes["sha256"] = distribution.sha256;
                        target.size = distribution.size;
                        if (!target.upload_time) target.upload_time = options_.clock();
                        target.requires_python = distribution.requires_python;
                        target.has_metadata = !distribution.core_metadata.empty();
                        target.metadata_sha256 =
                            target.has_metadata ? sha256_hex(distribution.core_metadata) : std::string{};
                        page.withdrawn.erase(entry.filename);
                        return true;
                      }});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted && error.code() != ErrorCode::invalid_argument &&
        error.code() != ErrorCode::not_found) {
      throw;
    }
    findings_.failed(problem, error.what());
  }
}

void ProjectCheck::apply_mends() {
  if (mends_.empty()) return;
  std::vector<bool> applied;
  editor_.edit(name_, [&](ProjectPage& page) {
    applied.clear();
    for (const auto& mend : mends_) applied.push_back(mend.apply(page));
    const bool any = std::find(applied.begin(), applied.end(), true) != applied.end();
    return any ? ProjectEditor::Edited::visible : ProjectEditor::Edited::nothing;
  });
  // What did not apply was changed by somebody else since: it is no problem of ours any more.
  for (const auto& mend : mends_) findings_.repaired(mend.problem);
  mends_.clear();
}

package::Distribution ProjectCheck::inspect(const std::string& key, const std::string& filename) {
  const LocalCopy copy(pages_.store(), key);
  findings_.count_bytes(copy.size());
  return package::inspect_distribution_as(copy.path(), filename);
}

void ProjectCheck::put_metadata(const std::string& key, const package::Distribution& distribution) const {
  if (distribution.core_metadata.empty()) return;
  pages_.store().put(Layout::metadata_of(key), bytes_source(distribution.core_metadata),
                     metadata_options(editor_.acl()));
}

}  // namespace wheelyard::index
