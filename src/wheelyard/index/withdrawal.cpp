#include "wheelyard/index/withdrawal.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

#include "wheelyard/index/announcement_board.hpp"

namespace wheelyard::index {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto longest_pause = 100ms;
/// Of removals of one file, each begun while we watched the one before it, this many are waited for.
constexpr int most_removals_watched = 4;

/// The removal of that file that is under way; null where there is none.
const Withdrawal* removal_of(const ProjectPage& page, const std::string& filename) {
  const auto found = page.withdrawn.find(filename);
  const bool under_way = found != page.withdrawn.end() && found->second.state == Withdrawal::State::deleting;
  return under_way ? &found->second : nullptr;
}

/// When it was begun; none where there is none.
std::optional<TimePoint> deleting_since(const ProjectPage& page, const std::string& filename) {
  const auto* removal = removal_of(page, filename);
  return removal == nullptr ? std::nullopt : std::optional(removal->at);
}

}  // namespace

/// What a swap that unlisted files left to do.
struct Withdrawer::Mark {
  TimePoint at{};           ///< tells our marks from another remover's
  Steady::time_point made;  ///< ahead of the swap
  std::vector<std::string> filenames;
  std::vector<std::string> listed;
  std::vector<std::string> keys;  ///< of the bytes, one a file name
  bool emptied = false;
};

std::optional<Withdrawer::Mark> Withdrawer::mark(const std::string& project,
                                                 const std::vector<std::string>& filenames, bool replacing,
                                                 const Wanted& wanted) const {
  const auto& pages = editor_.pages();
  while (true) {
    Mark mark;
    std::string in_the_way;
    const auto page = editor_.edit(project, [&](ProjectPage& fresh) {
      mark = {options_.clock(), Steady::now(), {}, {}, {}, false};
      in_the_way.clear();
      std::ranges::copy_if(filenames, std::back_inserter(mark.filenames),
                           [&](const auto& filename) { return !wanted || wanted(fresh, filename); });
      if (mark.filenames.empty()) return ProjectEditor::Edited::nothing;
      for (const auto& filename : mark.filenames) {
        if (deleting_since(fresh, filename)) {
          in_the_way = filename;
          return ProjectEditor::Edited::nothing;
        }
      }
      for (const auto& filename : mark.filenames) {
        Withdrawal record{Withdrawal::State::deleting, mark.at, "", ""};
        const auto own_key = pages.layout().file(project, filename);
        auto key = std::optional(own_key);
        if (const auto* entry = fresh.find(filename)) {
          record.sha256 = entry->sha256();
          key = pages.key_of(project, *entry);
          mark.listed.push_back(filename);
          // Whoever has to end this removal finds the bytes of a taken-over link by this alone.
          if (key && *key != own_key) record.key = key->substr(pages.layout().prefix().size());
        }
        if (key) mark.keys.push_back(*key);
        fresh.withdrawn[filename] = std::move(record);
        std::erase_if(fresh.files, [&](const FileEntry& file) { return file.filename == filename; });
      }
      mark.emptied = fresh.files.empty() && !replacing;
      if (mark.emptied) fresh.in_root = false;
      return ProjectEditor::Edited::visible;
    });
    if (!page) return std::nullopt;
    if (in_the_way.empty()) return mark;
    if (!finish_for_other(project, in_the_way)) {
      throw Error(ErrorCode::unavailable, "remove",
                  pages.store().describe(pages.layout().file(project, in_the_way)), "others keep removing it",
                  "run the same command again");
    }
  }
}

std::vector<std::string> Withdrawer::withdraw(const std::string& project,
                                              const std::vector<std::string>& filenames, bool replacing,
                                              const Wanted& wanted) const {
  const auto& pages = editor_.pages();
  const AnnouncementBoard board(pages.store(), pages.layout());
  // Before the swap: nobody who reads the page after it may find them on the board.
  auto posted = board.list(project);
  std::erase_if(posted, [&](const Posted& one) {
    return std::find(filenames.begin(), filenames.end(), one.announcement.filename) == filenames.end();
  });
  board.remove(posted);

  auto done = mark(project, filenames, replacing, wanted);
  if (!done || done->filenames.empty()) return {};
  if (Steady::now() - done->made > options_.removal_patience / 2) {
    const auto again = pages.find_project(project);
    const bool still_ours = again && std::ranges::all_of(done->filenames, [&](const auto& filename) {
                              return deleting_since(again->page, filename) == done->at;
                            });
    if (!still_ours) {
      throw Error(ErrorCode::unavailable, "remove files of", project,
                  "this run was held up for so long that another one took the removal over",
                  "look with 'wheelyard list " + project + "' and run the same command again where needed");
    }
  }
  delete_bytes(done->keys);
  free_names(project, done->filenames, done->at);
  if (done->emptied) editor_.leave_root(project);
  return done->listed;
}

bool Withdrawer::finish_for_other(const std::string& project, const std::string& filename) const {
  const auto& pages = editor_.pages();
  std::optional<TimePoint> mark;
  std::string key;
  Steady::time_point watched_since;
  int watched = 0;
  while (true) {
    const auto stored = pages.find_project(project);
    const auto* removal = stored ? removal_of(stored->page, filename) : nullptr;
    if (removal == nullptr) return true;
    if (mark != removal->at) {
      if (++watched > most_removals_watched) return false;
      mark = removal->at;
      key = removal->key.empty() ? pages.layout().file(project, filename)
                                 : pages.layout().prefix() + removal->key;
      watched_since = Steady::now();
    }
    if (Steady::now() - watched_since >= options_.removal_patience) break;
    std::this_thread::sleep_for(
        std::min<std::chrono::milliseconds>(longest_pause, options_.removal_patience / 4));
  }
  delete_bytes({key});
  free_names(project, {filename}, *mark);
  return true;
}

void Withdrawer::delete_bytes(const std::vector<std::string>& keys) const {
  std::vector<std::string> doomed;
  for (const auto& key : keys) {
    doomed.push_back(Layout::metadata_of(key));
    doomed.push_back(key);
  }
  if (!doomed.empty()) editor_.pages().store().remove_many(doomed);
}

void Withdrawer::free_names(const std::string& project, const std::vector<std::string>& filenames,
                            TimePoint at) const {
  editor_.edit(project, [&](ProjectPage& page) {
    bool any = false;
    for (const auto& filename : filenames) {
      if (deleting_since(page, filename) != at) continue;
      page.withdrawn[filename].state = Withdrawal::State::withdrawn;
      any = true;
    }
    return any ? ProjectEditor::Edited::state : ProjectEditor::Edited::nothing;
  });
}

}  // namespace wheelyard::index
