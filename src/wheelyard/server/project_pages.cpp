#include "wheelyard/server/project_pages.hpp"

#include <chrono>
#include <functional>
#include <utility>

namespace wheelyard::server {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds trusted_for{60};

}  // namespace

ProjectPages::ProjectPages(std::shared_ptr<index::Repository> repository, std::size_t cache_bytes)
    : repository_(std::move(repository)), cache_(cache_bytes) {}

bool ProjectPages::is_current(const std::string& project, ServedPage& page) const {
  if (!page.has_json_origin()) return false;
  const auto began = SteadyClock::now();
  const auto etag = repository_->project_etag(project);
  if (!etag || *etag != page.origin_etag()) return false;
  page.set_seen_current(began);
  return true;
}

std::shared_ptr<ServedPage> ProjectPages::current(const std::string& project) {
  const auto arrived = SteadyClock::now();
  auto seen = cache_.find(project);
  if (seen && is_current(project, *seen)) return seen;

  const std::lock_guard lock(reading_[std::hash<std::string>{}(project) % reading_.size()]);
  auto kept = cache_.find(project);
  // Somebody looked while this call waited, and began to look after it came: that look is as good as one of
  // its own.
  if (kept && kept->seen_current() >= arrived) return kept;
  if (kept && kept != seen && is_current(project, *kept)) return kept;
  return read(project, kept);
}

std::shared_ptr<ServedPage> ProjectPages::read(const std::string& project,
                                               const std::shared_ptr<ServedPage>& kept) {
  const auto began = SteadyClock::now();
  auto found = repository_->read_project(project);
  if (!found) {
    cache_.drop(project);
    return nullptr;
  }
  const bool is_json = found->origin == index::ReadProject::Origin::json;
  if (kept && kept->has_json_origin() == is_json && !found->etag.empty() &&
      kept->origin_etag() == found->etag) {
    kept->set_seen_current(began);
    return kept;
  }
  auto page = std::make_shared<ServedPage>(*repository_, project, std::move(*found));
  page->set_seen_current(began);
  cache_.put(project, page);
  return page;
}

std::shared_ptr<ServedPage> ProjectPages::listing(const std::string& project, const std::string& filename) {
  auto kept = cache_.find(project);
  if (kept && SteadyClock::now() - kept->seen_current() < trusted_for && kept->find(filename)) return kept;
  return current(project);
}

PageBodyPtr ProjectPages::body(const std::string& project, ServedPage& page, PageFormat format,
                               bool compressed) {
  bool made = false;
  auto body = page.body(format, compressed, &made);
  if (made) cache_.recount(project);
  return body;
}

}  // namespace wheelyard::server
