#include <algorithm>
#include <chrono>

#include "wheelyard/index/publisher.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

namespace {

using namespace std::chrono_literals;

// A swap that was lost once is preceded by a look where the page is larger than this: the look costs less than
// sending a page in vain.
constexpr std::size_t look_before_swap_files = 500;
// How long the record of a removal is kept, so that an announcement from before it is not believed blindly.
constexpr auto withdrawal_kept = 24h;

bool lists_exactly(const ProjectPage& page, const package::Distribution& distribution) {
  const auto* entry = page.find(distribution.filename);
  return entry != nullptr && entry->sha256() == distribution.sha256;
}

bool is_on(const std::vector<Posted>& board, const package::Distribution& distribution) {
  return std::any_of(board.begin(), board.end(), [&](const Posted& posted) {
    return posted.announcement.filename == distribution.filename && posted.announcement.sha256 == distribution.sha256;
  });
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
  const auto is_listed = [&](const ProjectPage& page) {
    return std::all_of(jobs.begin(), jobs.end(),
                       [&](const Job& job) { return lists_exactly(page, *job.distribution); });
  };
  std::vector<Posted> settled;
  ProjectPage page;
  bool missed = false;  // an announcement of ours was gone, and the page that was read then had no entry of it
  for (int round = 0;; ++round) {
    if (round == max_rounds) give_up(pages_.store().describe(pages_.layout().page_json(project)));
    wait_before_round(round);
    auto stored = editor_.load_for_change(project);
    if (round == 0) {
      for (auto& job : jobs) {
        if (job.existed && lists_exactly(stored.page, *job.distribution)) {
          job.outcome = PublishedFile::Outcome::unchanged;
        }
      }
    }
    const bool nothing_sent = std::all_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.done; });
    const bool all_existed =
        std::all_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.done || job.existed; });
    const bool listed = stored.etag && is_listed(stored.page);
    // Somebody took our files in. Where all was there before we came, look for what an earlier run left behind.
    if (listed && !all_existed) {
      page = std::move(stored.page);
      break;
    }
    std::set<std::string> verified;
    if (!listed && !settle_own(project, stored.page, jobs, verified)) continue;

    // After the page was read, never before: the swap below then proves that nothing was removed since.
    const auto posted = board_.list(project);
    const bool all_there = std::all_of(jobs.begin(), jobs.end(), [&](const Job& job) {
      return lists_exactly(stored.page, *job.distribution) || is_on(posted, *job.distribution);
    });
    if (!all_there) {
      // Taken in between our two reads, most likely: the page that is read next has it. If not, announce again.
      if (missed) {
        for (const auto& job : jobs) {
          if (!lists_exactly(stored.page, *job.distribution)) board_.post(announcement_of(job), request_.acl);
        }
      }
      missed = true;
      continue;
    }
    settled.clear();
    const auto added = take_in(project, stored.page, posted, verified, settled);
    if (added == 0 && listed) {
      page = std::move(stored.page);
      break;
    }
    forget_old_withdrawals(stored.page, posted, clock_());
    if (round > 0 && stored.page.files.size() > look_before_swap_files && changed_meanwhile(stored)) continue;
    if (!editor_.swap(stored, true)) continue;
    const auto own = nothing_sent ? 0 : jobs.size();
    taken_in_ += added > own ? added - own : 0;
    page = std::move(stored.page);
    break;
  }
  editor_.catch_up_html(page);
  board_.remove(settled);
  end_abandoned_removals(project, page);
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
                           std::set<std::string>& verified) {
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
    verified.insert(distribution.filename);
  }
  return true;
}

std::size_t Publisher::take_in(const std::string& project, ProjectPage& page, const std::vector<Posted>& posted,
                               const std::set<std::string>& verified, std::vector<Posted>& settled) {
  std::size_t added = 0;
  for (const auto& one : posted) {
    const auto& filename = one.announcement.filename;
    auto* entry = page.find(filename);
    if (entry != nullptr && !entry->sha256().empty()) {
      settled.push_back(one);
      continue;
    }
    if (const auto record = page.withdrawn.find(filename); record != page.withdrawn.end()) {
      if (record->second.state == Withdrawal::State::deleting) continue;
      if (!verified.contains(filename) && !bytes_match(project, one)) {
        settled.push_back(one);
        continue;
      }
      page.withdrawn.erase(record);
    }
    auto fresh = entry_of(one);
    if (entry != nullptr) {
      // A link that was taken over without a digest: it keeps what a person said of it.
      fresh.yanked = entry->yanked;
      fresh.yanked_reason = entry->yanked_reason;
      *entry = std::move(fresh);
    } else {
      page.files.push_back(std::move(fresh));
    }
    settled.push_back(one);
    ++added;
  }
  return added;
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
