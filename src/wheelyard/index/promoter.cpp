#include "wheelyard/index/promoter.hpp"

#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/index/selection.hpp"

namespace wheelyard::index {

namespace {

/// For another promotion that lives; each takes up to its pulse.
constexpr int most_waits = 100;

std::string plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view to_string(PromotedFile::Outcome outcome) {
  return outcome == PromotedFile::Outcome::promoted ? "promoted" : "unchanged";
}

Promoter::Promoter(Repository& source, std::shared_ptr<store::ObjectStore> source_store, Repository& target,
                   std::shared_ptr<store::ObjectStore> target_store, const PageStore& target_pages,
                   const PromoteRequest& request, const RepositoryOptions& options)
    : source_(source),
      target_(target),
      source_store_(std::move(source_store)),
      target_store_(std::move(target_store)),
      pages_(target_pages),
      request_(request),
      options_(options),
      mender_(target_pages, options, request.acl) {}

std::optional<PromoteReport> Promoter::run() {
  refuse_same_place();
  const auto asked = select();
  if (request_.with_dependencies) add_dependencies(asked);
  for (const auto& project : asked_) {
    if (std::ranges::find(order_, project) == order_.end()) order_.push_back(project);
  }
  try {
    prepare();
    if (!request_.dry_run && !(can_rely() && carry_out())) return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_exists) throw;
    throw error.with_hint(
        "a file name means the same bytes for ever; find out which of the two is right, and promote a new "
        "version");
  }
  return report();
}

void Promoter::refuse_same_place() const {
  const auto from = source_store_->describe(source_.repository().prefix());
  const auto to = target_store_->describe(target_.repository().prefix());
  if (from != to || !target_store_->copies_from(*source_store_)) return;
  throw Error(ErrorCode::invalid_argument, "promote from", from, "it is the target too",
              "name another index to promote to");
}

WantedReleases Promoter::select() {
  WantedReleases wanted;
  std::map<std::string, std::vector<const FileEntry*>> chosen;
  for (const auto& text : request_.specs) {
    const auto [selection, extras] = SelectionWithExtras::parse(text);
    if (!extras.empty() && !request_.with_dependencies)
      warnings_.push_back("the extras of '" + printable(text) + "' count with dependencies only");
    const auto& project = selection.project;
    const auto* page = source_.page(project);
    const auto place = source_store_->describe(source_.repository().prefix());
    if (page == nullptr) {
      throw Error(ErrorCode::not_found, "promote", "'" + printable(text) + "'",
                  "the source " + place + " has no project " + project,
                  "'wheelyard list --repo SOURCE' shows its projects");
    }
    if (page->status == "quarantined") {
      throw Error(ErrorCode::invalid_argument, "promote", "'" + printable(text) + "'",
                  "the source has quarantined the project", "promote nothing of it until that is settled");
    }
    bool any = false;
    std::string yanked;
    for (const auto& entry : page->files) {
      if (!selection.selects(entry)) continue;
      any = true;
      if (entry.yanked && !request_.yanked) {
        yanked =
            entry.filename + " is yanked" + (entry.yanked_reason.empty() ? "" : ": " + entry.yanked_reason);
        continue;
      }
      auto& files = chosen[project];
      if (std::ranges::find(files, &entry) == files.end()) files.push_back(&entry);
    }
    if (!any) {
      throw Error(ErrorCode::not_found, "promote", "'" + printable(text) + "'",
                  "no file of " + project + " in the source " + place + " is meant by it",
                  "'wheelyard list --repo SOURCE " + project + "' shows what there is");
    }
    if (!yanked.empty()) {
      throw Error(ErrorCode::invalid_argument, "promote", "'" + printable(text) + "'", printable(yanked),
                  "name what you want more exactly, or take yanked files along with --yanked");
    }
    for (const auto* entry : chosen[project]) {
      const auto parsed = package::parse_filename_of(entry->filename, project);
      if (!parsed || !selection.selects(*entry)) continue;
      auto& releases = wanted[project];
      auto known = std::ranges::find(releases, parsed->version, &WantedRelease::version);
      if (known == releases.end()) {
        releases.push_back({parsed->version, WantedRelease::Place::asked, {}, {}, "", {}});
        known = std::prev(releases.end());
      }
      if (std::ranges::find(known->files, entry) == known->files.end()) known->files.push_back(entry);
      known->extras.insert(extras.begin(), extras.end());
    }
  }
  for (const auto& [project, files] : chosen) {
    asked_.push_back(project);
    add_items(project, files, "");
  }
  return wanted;
}

void Promoter::add_items(const std::string& project, const std::vector<const FileEntry*>& entries,
                         const std::string& needed_by) {
  auto& items = items_[project];
  for (const auto* entry : entries) {
    const auto* file = &source_.file(project, *entry);
    if (std::ranges::find(items, file, &Item::file) == items.end()) items.push_back({file, needed_by, false});
  }
}

void Promoter::add_dependencies(const WantedReleases& asked) {
  auto walked = DependencyWalk(source_, target_, request_).walk(asked);
  left_ = std::move(walked.left);
  warnings_.insert(warnings_.end(), walked.warnings.begin(), walked.warnings.end());
  for (const auto& project : walked.order) {
    for (const auto& release : walked.releases.at(project)) {
      if (release.place == WantedRelease::Place::target) {
        for (const auto* entry : release.files) rely_on(project, entry->filename, entry->sha256());
      }
      if (release.place == WantedRelease::Place::source) add_items(project, release.files, release.needed_by);
    }
    if (items_.contains(project)) order_.push_back(project);
  }
}

void Promoter::prepare() {
  publish_.acl = request_.acl;
  publish_.workers = request_.workers;
  publish_.dry_run = request_.dry_run;
  publish_.progress = request_.progress;
  for (const auto& [project, items] : items_) {
    for (const auto& item : items) {
      publish_.distributions.push_back(item.file->distribution);
      if (item.file->yanked) delivery_.yanked[item.file->distribution.filename] = item.file->yanked_reason;
    }
  }
  delivery_.put = [this](const package::Distribution& distribution, const std::string& key,
                         const store::PutOptions& options) { put(distribution, key, options); };
  publisher_ = std::make_unique<Publisher>(pages_, publish_, options_, &delivery_);
  publisher_->check();
  std::map<std::string, bool> missing;
  for (const auto& [distribution, there] : publisher_->missing()) missing[distribution->filename] = there;
  for (const auto& project : order_) {
    for (auto& item : items_.at(project)) {
      const auto& distribution = item.file->distribution;
      const auto found = missing.find(distribution.filename);
      item.missing = found != missing.end();
      if (!item.missing) {
        rely_on(project, distribution.filename, distribution.sha256);
        continue;
      }
      PromotedEntry entry;
      entry.project = project;
      entry.filename = distribution.filename;
      entry.size = distribution.size;
      entry.sha256 = distribution.sha256;
      if (!distribution.core_metadata.empty()) entry.metadata_sha256 = sha256_hex(distribution.core_metadata);
      entry.requires_python = distribution.requires_python;
      entry.yanked = item.file->yanked;
      entry.yanked_reason = item.file->yanked_reason;
      entry.there = found->second;
      entries_.push_back(std::move(entry));
    }
  }
}

void Promoter::rely_on(const std::string& project, const std::string& filename, const std::string& sha256) {
  PromotedEntry entry;
  entry.project = project;
  entry.filename = filename;
  entry.sha256 = sha256;
  relied_.push_back(std::move(entry));
}

bool Promoter::can_rely() {
  if (relied_.empty()) return true;
  const auto concerns = [&](const PromotionRecord& record) {
    // One that is sending has listed nothing.
    if (record.state == PromotionRecord::State::sending) return false;
    return std::ranges::any_of(record.files, [&](const PromotedEntry& file) {
      return std::ranges::any_of(relied_, [&](const PromotedEntry& relied) {
        return relied.project == file.project && relied.filename == file.filename;
      });
    });
  };
  for (const auto& key : mender_.log().keys()) {
    auto stored = mender_.log().find(key);
    for (int i = 0; stored && concerns(stored->record); ++i) {
      if (i == most_waits) {
        throw Error(ErrorCode::unavailable, "promote to",
                    target_store_->describe(target_.repository().prefix()),
                    describe(stored->record) + ", and it is still listing files that these releases need",
                    "run the same command again when it has ended");
      }
      if (mender_.mend(key) != PromotionMender::Outcome::alive) break;
      stored = mender_.log().find(key);
    }
  }
  return mender_.is_listed(relied_);
}

bool Promoter::carry_out() {
  std::string key;
  if (!entries_.empty()) {
    StoredPromotion stored;
    stored.record.begun = options_.clock();
    stored.record.from = source_store_->describe(source_.repository().prefix());
    stored.record.files = entries_;
    key = mender_.log().create(stored, request_.acl);
    OwnedPromotion owned(mender_.log(), key, std::move(stored), request_.acl, mender_.pulse());
    try {
      make_pages();
    } catch (const Error&) {
      take_back(owned);
      throw;
    }
    if (!send(owned)) return false;
    list(owned);
    owned.remove();
  }
  end_abandoned(key);
  return true;
}

void Promoter::make_pages() {
  const ProjectEditor editor(pages_, request_.acl);
  for (const auto& project : order_) {
    if (std::ranges::none_of(items_.at(project), &Item::missing)) continue;
    if (store::find_info(pages_.store(), pages_.layout().page_json(project))) continue;
    auto fresh = editor.load_for_change(project);
    if (!fresh.etag && editor.swap(fresh, true)) editor.catch_up_html(fresh.page);
  }
}

bool Promoter::send(OwnedPromotion& owned) {
  if (const auto failure = publisher_->send()) {
    take_back(owned);
    std::rethrow_exception(failure);
  }
  // The one point at which it is decided. Where no answer tells whether it was, nothing is taken back: the
  // record says it to whoever comes next.
  return owned.advance(PromotionRecord::State::listing, entries_) || mender_.is_listed(entries_);
}

void Promoter::list(OwnedPromotion& owned) {
  std::size_t done = 0;
  for (const auto& project : order_) {
    if (std::ranges::none_of(items_.at(project), &Item::missing)) continue;
    const auto note_listed = [&] {
      for (const auto& filename : publisher_->newly_listed(project)) {
        for (auto& entry : entries_)
          entry.listed = entry.listed || (entry.project == project && entry.filename == filename);
      }
    };
    try {
      publisher_->list(project);
      ++done;
      note_listed();
    } catch (const Error& error) {
      note_listed();
      const auto all = std::ranges::count_if(
          order_, [&](const auto& one) { return std::ranges::any_of(items_.at(one), &Item::missing); });
      if (take_back(owned)) throw;
      throw error.with_hint(
          "of " + plural(static_cast<std::size_t>(all), "project") + " " + std::to_string(done) +
          " are listed, and neither could the rest be nor these be taken back; the same command again, or "
          "'wheelyard verify --repair' on the target, ends it");
    }
  }
}

bool Promoter::take_back(OwnedPromotion& owned) {
  try {
    if (!owned.advance(PromotionRecord::State::undoing, entries_)) return false;
    mender_.undo(entries_);
    owned.remove();
    return true;
  } catch (const Error&) {
    // The record stays: whoever comes next takes it back.
    return false;
  }
}

void Promoter::end_abandoned(const std::string& own_key) {
  auto keys = mender_.log().keys();
  std::erase(keys, own_key);
  parallel_for(keys.size(), request_.workers, [&](std::size_t i) {
    try {
      mender_.mend(keys[i]);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      warnings_.push_back("an earlier promotion into this index could not be ended: " +
                          std::string(error.what()) + "; look with 'wheelyard verify'");
    }
  });
}

void Promoter::put(const package::Distribution& distribution, const std::string& key,
                   const store::PutOptions& options) {
  const auto& items = items_.at(distribution.normalized_name);
  const auto item = std::ranges::find_if(
      items, [&](const Item& one) { return one.file->distribution.filename == distribution.filename; });
  const ArtifactCopy what{.from = source_store_,
                          .from_key = item->file->key,
                          .to = target_store_,
                          .to_key = key,
                          .sha256 = distribution.sha256,
                          .size = distribution.size,
                          .options = options};
  auto way = CopyWay::whole;
  try {
    way = copy_artifact(what);
  } catch (const Error& error) {
    if (!store::is_absence(error)) throw;
    throw Error(ErrorCode::corrupted, "promote", source_store_->describe(what.from_key),
                "the index lists it, and it is not there",
                "run 'wheelyard verify --repair " + distribution.normalized_name + "' on the source");
  }
  const std::lock_guard lock(mutex_);
  ways_[distribution.filename] = way;
}

PromoteReport Promoter::report() {
  PromoteReport report;
  for (const auto& project : order_) {
    for (const auto& item : items_.at(project)) {
      const auto& distribution = item.file->distribution;
      PromotedFile file;
      file.outcome = item.missing ? PromotedFile::Outcome::promoted : PromotedFile::Outcome::unchanged;
      file.project = project;
      file.version = distribution.version;
      file.filename = distribution.filename;
      file.sha256 = distribution.sha256;
      file.size = distribution.size;
      file.yanked = item.file->yanked;
      file.needed_by = item.needed_by;
      const auto way = ways_.find(distribution.filename);
      if (way != ways_.end()) file.way = to_string(way->second);
      report.files.push_back(std::move(file));
    }
  }
  report.projects = std::move(asked_);
  report.left = std::move(left_);
  report.warnings = std::move(warnings_);
  return report;
}

}  // namespace wheelyard::index
