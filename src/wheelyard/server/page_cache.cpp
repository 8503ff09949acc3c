#include "wheelyard/server/page_cache.hpp"

#include <iterator>
#include <utility>

namespace wheelyard::server {

std::shared_ptr<ServedPage> PageCache::find(const std::string& project) {
  const std::lock_guard lock(mutex_);
  const auto found = by_project_.find(project);
  if (found == by_project_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->page;
}

void PageCache::put(const std::string& project, std::shared_ptr<ServedPage> page) {
  const std::size_t cost = page->bytes();
  const std::lock_guard lock(mutex_);
  if (const auto found = by_project_.find(project); found != by_project_.end()) erase(found->second);
  if (cost > limit_) return;
  entries_.push_front({project, std::move(page), cost});
  by_project_[project] = entries_.begin();
  bytes_ += cost;
  shrink();
}

void PageCache::drop(const std::string& project) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_project_.find(project); found != by_project_.end()) erase(found->second);
}

void PageCache::recount(const std::string& project) {
  const std::lock_guard lock(mutex_);
  const auto found = by_project_.find(project);
  if (found == by_project_.end()) return;
  Entry& entry = *found->second;
  bytes_ -= entry.cost;
  entry.cost = entry.page->bytes();
  bytes_ += entry.cost;
  shrink();
}

std::size_t PageCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void PageCache::erase(Entries::iterator entry) {
  bytes_ -= entry->cost;
  by_project_.erase(entry->project);
  entries_.erase(entry);
}

void PageCache::shrink() {
  while (bytes_ > limit_ && !entries_.empty()) erase(std::prev(entries_.end()));
}

}  // namespace wheelyard::server
