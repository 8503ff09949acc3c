#include "wheelyard/transfer/detail/partial_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/transfer/detail/file_lock.hpp"
#include "wheelyard/transfer/detail/walk.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::string_view mark_of_record = "wheelyard-ranges-1\n";
constexpr std::size_t head_size = 64;
constexpr std::time_t longest_kept = 7 * 24 * 3600;

std::string short_digest(std::string_view text) {
  return sha256_hex(text).substr(0, 20);
}

/// What all partial files of a target begin with.
std::string prefix_of(const std::string& name) {
  return std::string(partial_prefix) + short_digest(name) + '-';
}

/// The record's first bytes: what its ranges are.
std::string head_of(const PartPlan& plan) {
  std::string head =
      std::string(mark_of_record) + std::to_string(plan.size) + ' ' + std::to_string(plan.part_size);
  head.resize(head_size, '\n');
  return head;
}

}  // namespace

PartialFile::PartialFile(FileDescriptor folder, std::string name, std::string path, const std::string& etag,
                         const PartPlan& plan, bool resume)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      path_(std::move(path)),
      plan_(plan),
      done_(plan.count(), 0) {
  if (resume) open_named(etag);
  if (!file_) anonymous_ = std::make_unique<NewFile>(folder_.get(), path_);
}

void PartialFile::open_named(const std::string& etag) {
  const std::string hidden = prefix_of(name_) + short_digest(etag + '\0' + std::to_string(plan_.size));
  sweep(hidden);
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    FileDescriptor file(
        ::openat(folder_.get(), hidden.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file) throw write_error(path_, errno);
    struct stat status{};
    if (!lock_file(file.get(), lock_patience)) return;
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    // Whoever had it may have renamed or removed it between our opening and our lock.
    struct stat named{};
    const bool still = ::fstatat(folder_.get(), hidden.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                       named.st_ino == status.st_ino && named.st_dev == status.st_dev;
    if (!still) continue;
    file_ = std::move(file);
    hidden_name_ = hidden;
    try {
      if (!read_record()) write_record();
    } catch (...) {
      discard();
      throw;
    }
    return;
  }
}

bool PartialFile::read_record() {
  std::string record(head_size + done_.size(), '\0');
  const std::size_t count = read_at(file_.get(), plan_.size, record.data(), record.size(), path_);
  if (count != record.size() || record.substr(0, head_size) != head_of(plan_)) {
    if (::ftruncate(file_.get(), 0) != 0) throw write_error(path_, errno);
    return false;
  }
  std::ranges::transform(record.substr(head_size), done_.begin(), [](char c) { return c == '+' ? 1 : 0; });
  return true;
}

void PartialFile::write_record() const {
  std::string record = head_of(plan_);
  record.append(done_.size(), '-');
  wheelyard::write_at(file_.get(), plan_.size, record, path_);
}

void PartialFile::sweep(std::string_view mine) const {
  const int copy = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) return;
  const std::string of_target = prefix_of(name_);
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(partial_prefix) || name == mine) continue;
    const FileDescriptor file(
        ::openat(folder_.get(), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const bool old = std::time(nullptr) - status.st_mtime > longest_kept;
    if ((old || name.starts_with(of_target)) && lock_file(file.get()))
      ::unlinkat(folder_.get(), entry->d_name, 0);
  }
}

bool PartialFile::has_any() const {
  return std::ranges::any_of(done_, [](char done) { return done != 0; });
}

void PartialFile::mark(std::size_t index) {
  done_[index] = 1;
  if (file_) wheelyard::write_at(file_.get(), plan_.size + head_size + index, "+", path_);
}

void PartialFile::write_at(std::uint64_t offset, std::string_view bytes) const {
  wheelyard::write_at(descriptor(), offset, bytes, path_);
}

void PartialFile::finish() const {
  if (file_ && ::ftruncate(file_.get(), static_cast<off_t>(plan_.size)) != 0) throw write_error(path_, errno);
}

void PartialFile::set_times(std::int64_t modified) const {
  set_file_time(descriptor(), modified, path_);
}

void PartialFile::publish(bool create) {
  if (anonymous_) {
    anonymous_->publish(name_, create);
    // Who had the named one may have died meanwhile: the target is there now, and nobody would go on with it.
    sweep({});
    return;
  }
  rename_into_place(folder_.get(), hidden_name_, name_, path_, create);
  hidden_name_.clear();
}

void PartialFile::discard() noexcept {
  anonymous_.reset();
  if (!hidden_name_.empty()) ::unlinkat(folder_.get(), hidden_name_.c_str(), 0);
  hidden_name_.clear();
  file_.reset();
}

}  // namespace wheelyard::transfer
