#include "wheelyard/index/promotion_mend.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <thread>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/index/artifact_copy.hpp"
#include "wheelyard/index/local_copy.hpp"
#include "wheelyard/index/publisher.hpp"
#include "wheelyard/index/withdrawal.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto longest_pause = 100ms;
constexpr std::chrono::milliseconds shortest_pulse = 100ms;

/// A project's files together, in the order in which the projects come.
std::vector<std::vector<const PromotedEntry*>> by_project(const std::vector<PromotedEntry>& files) {
  std::vector<std::vector<const PromotedEntry*>> groups;
  std::map<std::string, std::size_t> known;
  for (const auto& file : files) {
    const auto [place, is_new] = known.emplace(file.project, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&file);
  }
  return groups;
}

bool lists(const ProjectPage& page, const PromotedEntry& file) {
  const auto* entry = page.find(file.filename);
  return entry != nullptr && entry->sha256() == file.sha256;
}

}  // namespace

PromotionMender::PromotionMender(const PageStore& pages, const RepositoryOptions& options, std::string acl)
    : pages_(pages),
      options_(options),
      acl_(std::move(acl)),
      editor_(pages, acl_),
      log_(pages.store(), pages.layout()) {}

std::chrono::milliseconds PromotionMender::pulse() const {
  return std::max(options_.removal_patience / 4, shortest_pulse);
}

std::optional<StoredPromotion> PromotionMender::watch(const std::string& key, bool& gone) const {
  std::optional<std::string> first;
  const auto since = Steady::now();
  while (true) {
    auto stored = log_.find(key);
    gone = !stored;
    if (gone || (first && *first != stored->etag)) return std::nullopt;
    // All of it is listed: nothing is left to decide, and its owner needs the record no more.
    const bool settled =
        !first && stored->record.state != PromotionRecord::State::undoing && is_listed(stored->record.files);
    if (settled || Steady::now() - since >= options_.removal_patience) return stored;
    first = stored->etag;
    std::this_thread::sleep_for(
        std::min<std::chrono::milliseconds>(longest_pause, options_.removal_patience / 4));
  }
}

PromotionMender::Outcome PromotionMender::mend(const std::string& key) const {
  bool gone = false;
  auto abandoned = watch(key, gone);
  if (!abandoned) return gone ? Outcome::gone : Outcome::alive;
  auto files = abandoned->record.files;
  const bool decided = abandoned->record.state == PromotionRecord::State::listing;
  const auto next = decided ? PromotionRecord::State::listing : PromotionRecord::State::undoing;
  if (abandoned->record.state != PromotionRecord::State::undoing && is_listed(files)) {
    // In the JSON pages; it may have died before the last of the others.
    for (const auto& group : by_project(files)) {
      if (const auto stored = pages_.find_project(group.front()->project))
        editor_.catch_up_html(stored->page);
    }
    log_.remove(key);
    return Outcome::finished;
  }
  // Whoever swaps it decides: its owner, should it live after all, finds that it does no longer.
  OwnedPromotion owned(log_, key, std::move(*abandoned), acl_, pulse());
  if (!owned.advance(next, files)) return Outcome::alive;
  decided ? finish(files) : undo(files);
  owned.remove();
  return decided ? Outcome::finished : Outcome::undone;
}

bool PromotionMender::is_listed(const std::vector<PromotedEntry>& files) const {
  return std::ranges::all_of(by_project(files), [&](const auto& group) {
    const auto stored = pages_.find_project(group.front()->project);
    return stored && std::ranges::all_of(group, [&](const auto* file) { return lists(stored->page, *file); });
  });
}

std::optional<package::Distribution> PromotionMender::present(const PromotedEntry& file) const {
  const auto key = pages_.layout().file(file.project, file.filename);
  const auto info = store::find_info(pages_.store(), key);
  if (!info || info->size != file.size) return std::nullopt;
  if (transfer::digest_object(pages_.store(), key).sha256 != file.sha256) return std::nullopt;
  package::Distribution distribution;
  distribution.filename = file.filename;
  distribution.normalized_name = file.project;
  distribution.size = file.size;
  distribution.sha256 = file.sha256;
  distribution.requires_python = file.requires_python;
  if (file.metadata_sha256.empty()) return distribution;
  const auto metadata = store::find_bytes(pages_.store(), Layout::metadata_of(key), max_page_bytes);
  if (metadata && sha256_hex(metadata->bytes) == file.metadata_sha256) {
    distribution.core_metadata = metadata->bytes;
    return distribution;
  }
  const LocalCopy copy(pages_.store(), key);
  distribution.core_metadata = package::inspect_distribution_as(copy.path(), file.filename).core_metadata;
  return distribution;
}

void PromotionMender::finish(const std::vector<PromotedEntry>& files) const {
  Delivery delivery;
  delivery.put = [&](const package::Distribution& distribution, const std::string& key,
                     const store::PutOptions&) {
    throw Error(ErrorCode::unavailable, "finish the promotion of", pages_.store().describe(key),
                "somebody removed " + distribution.filename + " meanwhile", "run the same command again");
  };
  for (const auto& group : by_project(files)) {
    PublishRequest request;
    request.acl = acl_;
    request.workers = 1;
    for (const auto* file : group) {
      // Listed already; or another file has the name by now, which was somebody's later decision.
      const auto stored = pages_.find_project(file->project);
      if (stored && stored->page.find(file->filename) != nullptr) continue;
      if (auto distribution = present(*file)) request.distributions.push_back(std::move(*distribution));
      if (file->yanked) delivery.yanked[file->filename] = file->yanked_reason;
    }
    if (request.distributions.empty()) {
      if (const auto stored = pages_.find_project(group.front()->project))
        editor_.catch_up_html(stored->page);
      continue;
    }
    Publisher publisher(pages_, request, options_, &delivery);
    publisher.check();
    if (const auto failure = publisher.send()) std::rethrow_exception(failure);
    publisher.list(group.front()->project);
  }
}

void PromotionMender::undo(const std::vector<PromotedEntry>& files) const {
  // What others need was listed first, and goes last: nobody sees a release without what it needs.
  const auto groups = by_project(files);
  std::exception_ptr failure;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    try {
      undo_project(group->front()->project, *group);
    } catch (const Error&) {
      // Where nothing was listed nobody sees what is left, and it keeps nobody from taking out the others.
      if (std::ranges::any_of(*group, &PromotedEntry::listed)) throw;
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void PromotionMender::undo_project(const std::string& project,
                                   const std::vector<const PromotedEntry*>& files) const {
  std::map<std::string, const PromotedEntry*> ours;
  for (const auto* file : files) {
    drop_uploads(*file);
    if (!file->there || file->listed) ours.emplace(file->filename, file);
  }
  // Pages come before bytes: without one it has brought nothing here.
  if (!pages_.find_project(project)) return leave_root_if_empty(project);
  std::vector<std::string> filenames;
  for (const auto& [filename, file] : ours) filenames.push_back(filename);
  Withdrawer(editor_, options_)
      .withdraw(project, filenames, false, [&](const ProjectPage& page, const std::string& filename) {
        const auto& file = *ours.at(filename);
        return page.find(filename) == nullptr ? !file.there : file.listed && lists(page, file);
      });
  leave_root_if_empty(project);
}

void PromotionMender::leave_root_if_empty(const std::string& project) const {
  const auto page = editor_.edit(project, [](ProjectPage& fresh) {
    if (!fresh.files.empty() || !fresh.in_root) return ProjectEditor::Edited::nothing;
    fresh.in_root = false;
    return ProjectEditor::Edited::state;
  });
  if (page && page->files.empty()) editor_.leave_root(project);
}

void PromotionMender::drop_uploads(const PromotedEntry& file) const {
  auto& store = pages_.store();
  if (file.size <= largest_whole_copy || !store.part_limits()) return;
  const auto key = pages_.layout().file(file.project, file.filename);
  for (const auto& upload : store.unfinished_uploads(key)) {
    if (upload.key == key) store.resume_parts(key, upload.id)->abort();
  }
}

std::string describe(const PromotionRecord& record) {
  return "a promotion of " + std::to_string(record.files.size()) + " file" +
         (record.files.size() == 1 ? "" : "s") + " from " + record.from + " was begun at " +
         to_rfc3339(record.begun) + " and has not ended";
}

std::string remedy(const PromotionRecord& record) {
  return record.state == PromotionRecord::State::listing ? "list the rest of it"
                                                         : "take away what it brought";
}

}  // namespace wheelyard::index
