#include "wheelyard/index/publisher.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/index/object_options.hpp"
#include "wheelyard/store/swap_rounds.hpp"
#include "wheelyard/transfer/upload.hpp"

namespace wheelyard::index {

namespace {

// Above this size a refusal is worth a look before the bytes are sent.
constexpr std::uint64_t look_first_bytes = 1u << 20;

/// An entry lists these bytes: by digest, or by size where a taken-over link has no digest (`unsure` then).
bool lists_same(const FileEntry& entry, const package::Distribution& distribution, bool& unsure) {
  unsure = entry.sha256().empty();
  if (unsure) return !entry.size || *entry.size == distribution.size;
  return entry.sha256() == distribution.sha256;
}

}  // namespace

Publisher::Publisher(const PageStore& pages, const PublishRequest& request, const RepositoryOptions& options,
                     const Delivery* delivery)
    : pages_(pages),
      request_(request),
      options_(options),
      delivery_(delivery),
      editor_(pages, request.acl),
      board_(pages.store(), pages.layout()),
      withdrawer_(editor_, options) {}

PublishReport Publisher::run() {
  check();
  if (!request_.dry_run) {
    // What was sent whole is listed even where another file of the batch fails: nothing is left half-way.
    const auto failure = send();
    std::vector<std::string> names;
    for (const auto& [name, jobs] : projects_) names.push_back(name);
    parallel_for(names.size(), request_.workers, [&](std::size_t i) { list(names[i]); });
    if (failure) std::rethrow_exception(failure);
  }
  return report();
}

void Publisher::check() {
  sort_into_projects();
  std::vector<std::string> names;
  for (const auto& [name, jobs] : projects_) names.push_back(name);
  parallel_for(names.size(), request_.workers,
               [&](std::size_t i) { check_project(names[i], projects_.at(names[i])); });
}

std::vector<std::pair<const package::Distribution*, bool>> Publisher::missing() const {
  std::vector<std::pair<const package::Distribution*, bool>> files;
  for (const auto& [name, jobs] : projects_) {
    for (const auto& job : jobs) {
      if (!job.done) files.emplace_back(job.distribution, job.there);
    }
  }
  return files;
}

std::exception_ptr Publisher::send() {
  std::vector<std::pair<std::string, Job*>> uploads;
  for (auto& [name, jobs] : projects_) {
    for (auto& job : jobs) {
      if (!job.done) uploads.emplace_back(name, &job);
    }
  }
  std::mutex mutex;
  std::exception_ptr failure;
  parallel_for(uploads.size(), request_.workers, [&](std::size_t i) {
    try {
      upload(uploads[i].first, *uploads[i].second);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      uploads[i].second->distribution = nullptr;
    }
  });
  for (auto& [name, jobs] : projects_)
    std::erase_if(jobs, [](const Job& job) { return job.distribution == nullptr; });
  return failure;
}

void Publisher::list(const std::string& project) {
  auto& jobs = projects_.at(project);
  if (!jobs.empty()) list_project(project, jobs);
}

PublishReport Publisher::report() const {
  PublishReport report;
  report.taken_in = taken_in_;
  for (const auto& [name, jobs] : projects_) {
    report.projects.push_back(name);
    for (const auto& job : jobs) {
      const auto& d = *job.distribution;
      report.files.push_back({job.outcome, name, d.filename, d.version,
                              pages_.store().describe(pages_.layout().file(name, d.filename)), d.sha256,
                              d.size});
    }
  }
  return report;
}

void Publisher::sort_into_projects() {
  std::map<std::string, const package::Distribution*> seen;
  for (const auto& distribution : request_.distributions) {
    const auto [known, is_new] = seen.emplace(distribution.filename, &distribution);
    if (is_new) {
      Job job;
      job.distribution = &distribution;
      projects_[distribution.normalized_name].push_back(job);
    } else if (known->second->sha256 != distribution.sha256) {
      throw Error(
          ErrorCode::invalid_argument, "publish", distribution.path.string(),
          "another file of the same name with other bytes is in this run: " + known->second->path.string(),
          "name only one of them");
    }
  }
}

void Publisher::check_project(const std::string& project, Jobs& jobs) {
  const bool look = delivery_ != nullptr || request_.force || request_.dry_run || request_.refuse_existing ||
                    jobs.size() > 1 || request_.distributions.size() > 1 ||
                    jobs.front().distribution->size > look_first_bytes;
  // A single small file is its own look: its `create` says whether the name is taken.
  if (!look) return;
  const auto stored = editor_.load_existing(project);
  for (auto& job : jobs) check_file(project, stored ? &stored->page : nullptr, job);
}

void Publisher::check_file(const std::string& project, const ProjectPage* page, Job& job) {
  const auto& distribution = *job.distribution;
  const auto* entry = page != nullptr ? page->find(distribution.filename) : nullptr;
  if (entry != nullptr) {
    if (request_.refuse_existing) refuse(project, job, true);
    bool unsure = false;
    bool same = lists_same(*entry, distribution, unsure);
    if (same && unsure) {
      const auto at = pages_.key_of(project, *entry);
      same = at && transfer::digest_object(pages_.store(), *at).sha256 == distribution.sha256;
    }
    if (same) {
      if (!unsure) job.outcome = PublishedFile::Outcome::unchanged;
      job.done = !unsure;
      return;
    }
    if (!request_.force) refuse(project, job, true);
    job.replace = true;
    job.outcome = PublishedFile::Outcome::replaced;
    return;
  }
  // Not listed: an unfinished publish, or a file that somebody put there by hand.
  const auto held = look_at(project, distribution);
  if (held == Held::nothing) return;
  if (request_.refuse_existing) refuse(project, job, false);
  if (held == Held::same) {
    job.there = delivery_ != nullptr;
    return;
  }
  if (!request_.force) refuse(project, job, false);
  job.replace = true;
  job.outcome = PublishedFile::Outcome::replaced;
}

void Publisher::upload(const std::string& project, Job& job) {
  const auto& filename = job.distribution->filename;
  for (int round = 0;; ++round) {
    if (job.replace) {
      withdrawer_.withdraw(project, {filename}, true);
      job.replace = false;
    }
    if (put_artifact(project, job)) break;
    if (!request_.force || round == store::max_rounds) refuse(project, job, false);
    job.replace = true;
    job.outcome = PublishedFile::Outcome::replaced;
  }
  put_metadata(project, job);
  if (delivery_ == nullptr) board_.post(announcement_of(job), request_.acl);
  if (request_.progress) {
    request_.progress({ProgressEvent::Kind::advanced, filename, "sent", job.distribution->size, 0});
  }
}

bool Publisher::put_artifact(const std::string& project, Job& job) {
  if (std::exchange(job.there, false)) {
    job.existed = true;
    return true;
  }
  auto options = file_options(job.distribution->filename, request_.acl);
  options.mode = store::PutMode::create();
  const auto key = pages_.layout().file(project, job.distribution->filename);
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    try {
      if (delivery_ != nullptr) {
        delivery_->put(*job.distribution, key, options);
      } else {
        pages_.store().put(key, file_source(job.distribution->path), options);
      }
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::already_exists) throw;
    }
    const auto held = look_at(project, *job.distribution);
    if (held == Held::nothing) continue;
    job.existed = held == Held::same;
    return job.existed;
  }
  store::give_up(pages_.store().describe(key));
}

Publisher::Held Publisher::look_at(const std::string& project,
                                   const package::Distribution& distribution) const {
  const auto key = pages_.layout().file(project, distribution.filename);
  try {
    const auto info = store::find_info(pages_.store(), key);
    if (!info) return Held::nothing;
    const bool same = info->size == distribution.size &&
                      transfer::digest_object(pages_.store(), key).sha256 == distribution.sha256;
    return same ? Held::same : Held::other;
  } catch (const Error& error) {
    if (!store::is_absence(error)) throw;
    return Held::nothing;
  }
}

bool Publisher::holds_same_bytes(const std::string& project,
                                 const package::Distribution& distribution) const {
  return look_at(project, distribution) == Held::same;
}

void Publisher::put_metadata(const std::string& project, const Job& job) {
  if (job.distribution->core_metadata.empty()) return;
  const auto key = Layout::metadata_of(pages_.layout().file(project, job.distribution->filename));
  auto options = metadata_options(request_.acl);
  options.mode = store::PutMode::create();
  const auto body = bytes_source(job.distribution->core_metadata);
  for (int round = 0; round < store::max_rounds; ++round) {
    store::wait_before_round(round);
    try {
      pages_.store().put(key, body, options);
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::already_exists && error.code() != ErrorCode::precondition_failed) throw;
    }
    const auto there = store::find_bytes(pages_.store(), key, max_page_bytes);
    if (there && there->bytes == job.distribution->core_metadata) return;
    // The artifact's bytes are ours, so its metadata is what ours says.
    options.mode = there ? store::PutMode::update(there->info.etag) : store::PutMode::create();
  }
  store::give_up(pages_.store().describe(key));
}

Announcement Publisher::announcement_of(const Job& job) const {
  const auto& d = *job.distribution;
  Announcement announcement;
  announcement.project = d.normalized_name;
  announcement.filename = d.filename;
  announcement.size = d.size;
  announcement.sha256 = d.sha256;
  announcement.has_metadata = !d.core_metadata.empty();
  if (announcement.has_metadata) announcement.metadata_sha256 = sha256_hex(d.core_metadata);
  announcement.requires_python = d.requires_python;
  return announcement;
}

void Publisher::refuse(const std::string& project, const Job& job, bool listed) const {
  const auto key = pages_.store().describe(pages_.layout().file(project, job.distribution->filename));
  if (request_.refuse_existing) {
    throw Error(ErrorCode::already_exists, "publish", key, "a file of that name is there already",
                "nothing was uploaded; use --force to overwrite it");
  }
  const std::string reason =
      listed ? "a file of that name with other bytes is published already"
             : "a file of that name with other bytes is in the bucket already, not listed";
  throw Error(ErrorCode::already_exists, "publish", key, reason,
              "raise the version, or replace the file for everybody with --force");
}

}  // namespace wheelyard::index
