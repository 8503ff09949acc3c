#include "wheelyard/index/project_check.hpp"

#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/local_copy.hpp"
#include "wheelyard/index/page_html.hpp"
#include "wheelyard/index/page_links.hpp"
#include "wheelyard/index/promotion_record.hpp"
#include "wheelyard/index/publisher.hpp"
#include "wheelyard/index/take_over.hpp"
#include "wheelyard/package/filename.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

ProjectCheck::ProjectCheck(const ProjectEditor& editor, Findings& findings, std::string name,
                           const RepositoryOptions& options, bool must_exist)
    : editor_(editor),
      pages_(editor.pages()),
      findings_(findings),
      name_(std::move(name)),
      options_(options),
      must_exist_(must_exist) {}

bool ProjectCheck::run() {
  auto page = load();
  if (!page) return unreadable_;
  check_removals(*page);
  check_board(*page);
  if (findings_.repairs()) {
    // Removals that ended and announcements that were taken in have changed it.
    if (auto fresh = pages_.find_project(name_)) page = std::move(fresh->page);
  }
  auto lister = pages_.store().list({.prefix = pages_.layout().folder(name_), .delimiter = "/"});
  while (auto listed = lister->next()) {
    for (auto& object : listed->objects) objects_.emplace(object.key, object);
  }
  for (const auto& entry : page->files) {
    check_entry(entry);
    findings_.count_file();
  }
  check_unlisted(*page);
  apply_mends();
  if (findings_.repairs()) {
    if (auto fresh = pages_.find_project(name_)) page = std::move(fresh->page);
  }
  check_orphans(*page);
  check_html(*page);
  return !page->files.empty();
}

bool ProjectCheck::page_has_moved_on() const {
  if (unreadable_) return false;
  const auto info = store::find_info(pages_.store(), pages_.layout().page_json(name_));
  return (info ? std::optional(info->etag) : std::nullopt) != etag_;
}

std::optional<ProjectPage> ProjectCheck::load() {
  std::optional<Stored<ProjectPage>> stored;
  try {
    stored = pages_.find_project(name_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::corrupted) throw;
    return load_unreadable(error.what());
  }
  if (stored) {
    etag_ = stored->etag;
    return std::move(stored->page);
  }
  auto taken_over = editor_.load_existing(name_);
  if (!taken_over) {
    // Nobody names it; a publisher who died right after sending may have left files there.
    taken_over = Stored<ProjectPage>{rebuild_project(pages_, name_), std::nullopt};
  }
  const bool is_announced = !AnnouncementBoard(pages_.store(), pages_.layout()).list(name_).empty();
  if (!is_announced && taken_over->page.files.empty()) {
    if (!must_exist_) return std::nullopt;
    throw Error(ErrorCode::not_found, "verify", "'" + name_ + "'", "the repository has no such project",
                "'wheelyard list' shows its projects");
  }
  const auto problem = findings_.add("no_index", name_, "index.json", "there are files, but no index.json",
                                     "make it from the links and files that are there");
  if (!findings_.repairs()) return std::move(taken_over->page);
  auto fresh = editor_.load_for_change(name_);
  if (!fresh.etag && !editor_.swap(fresh, true)) fresh = editor_.load_for_change(name_);
  findings_.repaired(problem);
  return std::move(fresh.page);
}

std::optional<ProjectPage> ProjectCheck::load_unreadable(const std::string& why) {
  const auto problem = findings_.add("unreadable", name_, "index.json", why,
                                     "keep a copy and make it anew from index.html and the files");
  unreadable_ = true;
  if (!findings_.repairs()) return std::nullopt;
  const auto damaged = store::get_bytes(pages_.store(), pages_.layout().page_json(name_), max_page_bytes);
  keep_damaged(pages_, name_, damaged.bytes, options_.clock());
  Stored<ProjectPage> fresh{rebuild_project(pages_, name_), damaged.info.etag};
  if (!editor_.swap(fresh, true)) {
    findings_.failed(problem, "somebody else changed it at the same moment");
    return std::nullopt;
  }
  findings_.repaired(problem);
  return std::move(fresh.page);
}

void ProjectCheck::check_removals(const ProjectPage& page) {
  for (const auto& [filename, record] : page.withdrawn) {
    if (record.state == Withdrawal::State::deleting) {
      const auto problem =
          findings_.add("removal", name_, filename, "a removal was begun and did not end", "end it");
      if (!findings_.repairs()) continue;
      if (Withdrawer(editor_, options_).finish_for_other(name_, filename)) findings_.repaired(problem);
    } else if (record.state == Withdrawal::State::damaged) {
      if (!find(pages_.layout().file(name_, filename))) continue;
      findings_.add_lasting("damaged", name_, filename,
                            "its bytes are not what was published; it is not listed",
                            "publish the right bytes with --force, or delete the object by hand");
    }
  }
}

void ProjectCheck::check_board(const ProjectPage& page) {
  const AnnouncementBoard board(pages_.store(), pages_.layout());
  std::vector<std::string> strangers;
  const auto posted = board.list(name_, &strangers);
  std::vector<std::size_t> problems;
  for (const auto& one : posted) {
    const bool listed = page.find(one.announcement.filename) != nullptr;
    problems.push_back(
        findings_.add("pending", name_, one.announcement.filename,
                      listed ? "its announcement is still there" : "it is announced and not listed yet",
                      listed ? "delete the announcement" : "list it"));
  }
  for (const auto& key : strangers) {
    const auto problem = findings_.add("stranger", name_, pages_.store().describe(key),
                                       "it lies among the announcements and is none", "delete it");
    if (!findings_.repairs()) continue;
    pages_.store().remove(key);
    findings_.repaired(problem);
  }
  if (posted.empty() || !findings_.repairs()) return;
  // What is announced and gone must not be listed; a publisher may trust the board, a repair does not.
  for (const auto& one : posted) {
    const auto info = find(pages_.layout().file(name_, one.announcement.filename));
    if (!info || info->size != one.announcement.size) board.remove({one});
  }
  PublishRequest request;
  request.acl = editor_.acl();
  Publisher(pages_, request, options_).take_in_all(name_);
  for (const auto problem : problems) findings_.repaired(problem);
}

void ProjectCheck::check_entry(const FileEntry& entry) {
  const auto key = pages_.key_of(name_, entry);
  if (!key) return;  // A taken-over link to another place: not ours to judge.
  const auto info = find(*key);
  if (!info) {
    unlist(entry, "missing", "it is listed and " + pages_.store().describe(*key) + " is not there", false);
    return;
  }
  if (entry.size && *entry.size != info->size) {
    unlist(
        entry, "size",
        "it is listed with " + std::to_string(*entry.size) + " bytes and has " + std::to_string(info->size),
        true);
    return;
  }
  if (!entry.size || entry.sha256().empty()) {
    complete(
        entry, *key, "incomplete",
        std::string("it is listed without its ") + (entry.sha256().empty() ? "digest" : "size and metadata"));
    return;
  }
  if (findings_.deep()) {
    check_content(entry, *key);
  } else {
    check_metadata(entry, *key);
  }
}

void ProjectCheck::check_content(const FileEntry& entry, const std::string& key) {
  const auto digest = transfer::digest_object(pages_.store(), key);
  findings_.count_bytes(digest.size);
  if (digest.sha256 != entry.sha256()) {
    unlist(entry, "digest", "it is listed with SHA-256 " + entry.sha256() + " and has " + digest.sha256,
           true);
    return;
  }
  check_metadata(entry, key);
}

void ProjectCheck::check_metadata(const FileEntry& entry, const std::string& key) {
  const auto metadata_key = Layout::metadata_of(key);
  if (!entry.has_metadata) {
    if (entry.filename.ends_with(".whl")) {
      complete(entry, key, "metadata_missing", "it is listed without its metadata");
    }
    return;
  }
  const auto metadata = store::find_bytes(pages_.store(), metadata_key, max_page_bytes);
  if (metadata && !entry.metadata_sha256.empty() && sha256_hex(metadata->bytes) == entry.metadata_sha256 &&
      !findings_.deep()) {
    return;
  }
  if (metadata && findings_.deep()) {
    try {
      if (inspect(key, entry.filename).core_metadata == metadata->bytes &&
          sha256_hex(metadata->bytes) == entry.metadata_sha256) {
        return;
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupted && error.code() != ErrorCode::invalid_argument) throw;
      findings_.add_lasting("invalid", name_, entry.filename, error.what(),
                            "publish a right one under a new version, and remove or yank this one");
      return;
    }
  }
  complete(
      entry, key, metadata ? "metadata_wrong" : "metadata_missing",
      metadata ? "its .metadata is not the metadata inside of it" : "its .metadata is listed and not there");
}

std::set<std::string> ProjectCheck::promoted_names() const {
  std::set<std::string> names;
  const PromotionLog log(pages_.store(), pages_.layout());
  for (const auto& key : log.keys()) {
    const auto stored = log.find(key);
    if (!stored) continue;
    for (const auto& file : stored->record.files) {
      if (file.project == name_) names.insert(file.filename);
    }
  }
  return names;
}

void ProjectCheck::check_unlisted(const ProjectPage& page) {
  std::optional<std::set<std::string>> promoted;
  for (const auto& [key, info] : objects_) {
    const auto filename = key.substr(pages_.layout().folder(name_).size());
    if (!package::looks_like_distribution(filename) || page.find(filename) != nullptr) continue;
    const auto record = page.withdrawn.find(filename);
    if (record != page.withdrawn.end() && record->second.state != Withdrawal::State::withdrawn) continue;
    // Asked after the bytes were seen: a promotion is written down before it brings any.
    if (!promoted) promoted = promoted_names();
    if (promoted->contains(filename)) continue;
    FileEntry entry;
    entry.filename = filename;
    entry.url = file_url(filename);
    entry.upload_time = info.last_modified;
    complete(entry, key, "unlisted", "it is in the bucket and not in the index",
             record == page.withdrawn.end() ? std::nullopt : std::optional(record->second.at));
  }
}

void ProjectCheck::check_orphans(const ProjectPage& page) {
  constexpr std::string_view suffix = ".metadata";
  for (const auto& [key, info] : objects_) {
    const auto filename = key.substr(pages_.layout().folder(name_).size());
    if (!filename.ends_with(suffix)) continue;
    const auto artifact = filename.substr(0, filename.size() - suffix.size());
    const auto artifact_key = pages_.layout().file(name_, artifact);
    if (!package::looks_like_distribution(artifact) || objects_.contains(artifact_key) ||
        page.find(artifact) != nullptr) {
      continue;
    }
    const auto problem = findings_.add("orphan", name_, filename,
                                       "there is no " + artifact + " that it belongs to", "delete it");
    if (!findings_.repairs()) continue;
    // A publisher puts the artifact first: if it is not there now, this is not the metadata of a new one.
    if (!store::find_info(pages_.store(), artifact_key)) pages_.store().remove(key);
    findings_.repaired(problem);
  }
}

void ProjectCheck::check_html(const ProjectPage& page) {
  const auto judged =
      judge_html(pages_.store(), pages_.layout().page_html(name_), page.serial, to_html(page));
  if (judged.empty()) return;
  const auto problem =
      findings_.add(judged, name_, "index.html", "it is not the page that index.json makes", "write it anew");
  if (!findings_.repairs()) return;
  if (judged == "html_differs") {
    const auto html = store::find_bytes(pages_.store(), pages_.layout().page_html(name_), max_page_bytes);
    const auto serial = html ? html_serial(html->bytes).value_or(0) : 0;
    editor_.edit(name_, [&](ProjectPage& fresh) {
      fresh.serial = std::max(fresh.serial, serial);
      return ProjectEditor::Edited::visible;
    });
  } else {
    editor_.catch_up_html(page);
  }
  findings_.repaired(problem);
}

std::optional<store::ObjectInfo> ProjectCheck::find(const std::string& key) const {
  const auto found = objects_.find(key);
  if (found != objects_.end()) return found->second;
  return store::find_info(pages_.store(), key);
}

}  // namespace wheelyard::index
