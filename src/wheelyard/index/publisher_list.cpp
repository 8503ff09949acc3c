#include <algorithm>
#include <chrono>

#include "wheelyard/index/publisher.hpp"
#include "wheelyard/store/swap_rounds.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

namespace {

using namespace std::chrono_literals;

// A swap that was lost once is preceded by a look where the page is larger than this: the look costs less
// than sending a page in vain.
constexpr std::size_t look_before_swap_files = 500;
// A delivery that has lost so many swaps is announced, so that whoever wins takes it in.
constexpr int announce_after_rounds = 4;
// How long the record of a removal is kept, so that an announcement from before it is not believed blindly.
constexpr auto withdrawal_kept = 24h;

bool lists_exactly(const ProjectPage& page, const package::Distribution& distribution) {
  const auto* entry = page.find(distribution.filename);
  return entry != nullptr && entry->sha256() == distribution.sha256;
}

bool is_on(const std::vector<Posted>& board, const package::Distribution& distribution) {
  return std::any_of(board.begin(), board.end(), [&](const Posted& posted) {
    return posted.announcement.filename == distribution.filename &&
           posted.announcement.sha256 == distribution.sha256;
  });
}

std::string text_of_time(const FileEntry& entry) {
  return entry.upload_time ? to_rfc3339(*entry.upload_time) : std::string();
}

void forget_old_withdrawals(ProjectPage& page, const std::vector<Posted>& board, TimePoint now) {
  std::erase_if(page.withdrawn, [&](const auto& record) {
    return record.second.state == Withdrawal::State::withdrawn && now - record.second.at > withdrawal_kept &&
           std::none_of(board.begin(), board.end(),
                        [&](const Posted& posted) { return posted.announcement.filename == record.first; });
  });
}

}  // namespace

void Publisher::list_project(const std::string& project, Jobs& jobs) {
  const auto lists_all = [&](const ProjectPage& page) {
    return std::all_of(jobs.begin(), jobs.end(),
                       [&](const Job& job) { return lists_exactly(page, *job.distribution); });
  };
  const bool all_existed =
      std::all_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.done || job.existed; });
  std::vector<Posted> settled;
  ProjectPage page;
  // An announcement of ours was gone, and the page that was read then had no entry of it.
  bool missed = false;
  bool sent_again = false;
  Tried tried;
  for (int round = 0;; ++round) {
    if (round == store::max_rounds)
      store::give_up(pages_.store().describe(pages_.layout().page_json(project)));
    store::wait_before_round(round);
    auto stored = editor_.load_for_change(project);
    if (round == 0) note_unchanged(stored.page, jobs);
    note_tried(stored.page, tried);
    const bool listed = stored.etag && lists_all(stored.page);
    // Somebody took our files in, and deletes their announcements. What we saw on the board in a round that
    // was lost may have been too late for them: it stays. Where all was there before we came, or was
    // announced twice, look for what is left behind.
    if (listed && !all_existed && !sent_again) {
      settled.clear();
      page = std::move(stored.page);
      break;
    }
    Verified verified;
    if (!settle_own(project, stored.page, jobs, verified)) {
      sent_again = true;
      continue;
    }

    if (delivery_ != nullptr && round == announce_after_rounds) announce_delivered(project, jobs);
    // After the page was read, never before: the swap below then proves that nothing was removed since.
    auto posted = board_.list(project);
    add_delivered(jobs, posted);
    const bool all_there = std::all_of(jobs.begin(), jobs.end(), [&](const Job& job) {
      return lists_exactly(stored.page, *job.distribution) || is_on(posted, *job.distribution);
    });
    if (!all_there && !missed) {
      // Taken in between our two reads, most likely: then the page that is read next has it.
      missed = true;
      continue;
    }
    settled.clear();
    const auto added = take_in(project, stored.page, posted, verified, settled);
    if (!settle_unlisted(project, stored.page, jobs)) {
      sent_again = true;
      continue;
    }
    if (!added.empty() || !stored.etag) {
      forget_old_withdrawals(stored.page, posted, options_.clock());
      if (round > 0 && stored.page.files.size() > look_before_swap_files && changed_meanwhile(stored))
        continue;
      if (!swap_noting(project, stored, jobs, added, tried)) continue;
      taken_in_ +=
          static_cast<std::uint64_t>(std::count_if(added.begin(), added.end(), [&](const auto& filename) {
            return std::none_of(jobs.begin(), jobs.end(),
                                [&](const Job& job) { return job.distribution->filename == filename; });
          }));
    }
    page = std::move(stored.page);
    break;
  }
  editor_.catch_up_html(page);
  std::erase_if(settled, [](const Posted& posted) { return posted.key.empty(); });
  board_.remove(settled);
  end_abandoned_removals(project, page);
}

bool Publisher::swap_noting(const std::string& project, Stored<ProjectPage>& stored, const Jobs& jobs,
                            const std::set<std::string>& added, Tried& tried) {
  Tried own;
  if (delivery_ != nullptr) {
    for (const auto& job : jobs) {
      const auto& filename = job.distribution->filename;
      if (added.contains(filename)) own.emplace(filename, text_of_time(*stored.page.find(filename)));
    }
  }
  const auto note_all = [&] {
    for (const auto& [filename, time] : own) newly_listed_[project].insert(filename);
  };
  try {
    if (editor_.swap(stored, true)) {
      note_all();
      return true;
    }
  } catch (const Error& error) {
    // An unknown end bears the status of the last answer, which need not be that of the write.
    const auto status = error.details().http_status;
    const bool was_refused = error.code() != ErrorCode::unavailable && status >= 400 && status < 500;
    if (!was_refused) note_all();
    throw;
  }
  tried.merge(own);
  return false;
}

void Publisher::note_tried(const ProjectPage& page, const Tried& tried) {
  for (const auto& [filename, time] : tried) {
    const auto* entry = page.find(filename);
    if (entry != nullptr && text_of_time(*entry) == time) newly_listed_[page.name].insert(filename);
  }
}

void Publisher::add_delivered(const Jobs& jobs, std::vector<Posted>& posted) const {
  if (delivery_ == nullptr) return;
  std::vector<Posted> own;
  for (const auto& job : jobs) {
    if (!job.done) own.push_back({announcement_of(job), "", options_.clock()});
  }
  posted.insert(posted.begin(), own.begin(), own.end());
}

void Publisher::announce_delivered(const std::string& project, const Jobs& jobs) {
  for (const auto& job : jobs) {
    const auto& filename = job.distribution->filename;
    // An announcement cannot say that a file is yanked.
    if (job.done || delivery_->yanked.contains(filename)) continue;
    // Before: it may be stored though no answer comes.
    newly_listed_[project].insert(filename);
    board_.post(announcement_of(job), request_.acl);
  }
}

std::vector<std::string> Publisher::newly_listed(const std::string& project) const {
  const auto found = newly_listed_.find(project);
  if (found == newly_listed_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void Publisher::note_unchanged(const ProjectPage& page, Jobs& jobs) {
  for (auto& job : jobs) {
    if (job.existed && lists_exactly(page, *job.distribution))
      job.outcome = PublishedFile::Outcome::unchanged;
  }
}

void Publisher::take_in_all(const std::string& project) {
  Jobs none;
  list_project(project, none);
}

bool Publisher::changed_meanwhile(const Stored<ProjectPage>& stored) const {
  const auto info = store::find_info(pages_.store(), pages_.layout().page_json(stored.page.name));
  return info.has_value() != stored.etag.has_value() || (info && info->etag != *stored.etag);
}

bool Publisher::settle_own(const std::string& project, const ProjectPage& page, Jobs& jobs,
                           Verified& verified) {
  for (auto& job : jobs) {
    const auto& distribution = *job.distribution;
    const auto record = page.withdrawn.find(distribution.filename);
    if (record == page.withdrawn.end()) continue;
    if (record->second.state == Withdrawal::State::deleting) {
      if (!withdrawer_.finish_for_other(project, distribution.filename)) {
        throw Error(ErrorCode::unavailable, "publish",
                    pages_.store().describe(pages_.layout().file(project, distribution.filename)),
                    "others keep removing it", "run the same command again");
      }
      upload(project, job);
      return false;
    }
    if (!holds_same_bytes(project, distribution)) {
      upload(project, job);
      return false;
    }
    verified[distribution.filename] = distribution.sha256;
  }
  return true;
}

std::set<std::string> Publisher::take_in(const std::string& project, ProjectPage& page,
                                         const std::vector<Posted>& posted, const Verified& verified,
                                         std::vector<Posted>& settled) {
  std::set<std::string> added;
  for (const auto& one : posted) {
    const auto& filename = one.announcement.filename;
    auto* entry = page.find(filename);
    if (entry != nullptr && !entry->sha256().empty()) {
      settled.push_back(one);
      continue;
    }
    if (const auto record = page.withdrawn.find(filename); record != page.withdrawn.end()) {
      if (record->second.state == Withdrawal::State::deleting) continue;
      const auto known = verified.find(filename);
      const bool right = known != verified.end() && known->second == one.announcement.sha256;
      if (!right && !bytes_match(project, one)) {
        settled.push_back(one);
        continue;
      }
      page.withdrawn.erase(record);
    }
    auto fresh = entry_of(one);
    if (delivery_ != nullptr && one.key.empty()) {
      if (const auto yanked = delivery_->yanked.find(filename); yanked != delivery_->yanked.end()) {
        fresh.yanked = true;
        fresh.yanked_reason = yanked->second;
      }
    }
    if (entry != nullptr) {
      // A link that was taken over without a digest: it keeps what a person said of it.
      fresh.yanked = entry->yanked;
      fresh.yanked_reason = entry->yanked_reason;
      *entry = std::move(fresh);
    } else {
      page.files.push_back(std::move(fresh));
    }
    settled.push_back(one);
    added.insert(filename);
  }
  return added;
}

bool Publisher::settle_unlisted(const std::string& project, const ProjectPage& page, Jobs& jobs) {
  bool all = true;
  for (auto& job : jobs) {
    if (lists_exactly(page, *job.distribution)) continue;
    all = false;
    const auto* entry = page.find(job.distribution->filename);
    if (entry != nullptr && !entry->sha256().empty()) {
      // Others have replaced or removed it since we looked, and published other bytes.
      if (!request_.force) refuse(project, job, true);
      job.replace = true;
      job.outcome = PublishedFile::Outcome::replaced;
    }
    upload(project, job);
  }
  return all;
}

bool Publisher::bytes_match(const std::string& project, const Posted& posted) const {
  package::Distribution announced;
  announced.filename = posted.announcement.filename;
  announced.size = posted.announcement.size;
  announced.sha256 = posted.announcement.sha256;
  return holds_same_bytes(project, announced);
}

void Publisher::end_abandoned_removals(const std::string& project, const ProjectPage& page) {
  for (const auto& [filename, record] : page.withdrawn) {
    if (record.state == Withdrawal::State::deleting) withdrawer_.finish_for_other(project, filename);
  }
}

}  // namespace wheelyard::index
