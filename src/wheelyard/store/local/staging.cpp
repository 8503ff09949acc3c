#include "wheelyard/store/local/staging.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/local/folder.hpp"

namespace wheelyard::store::local {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;
constexpr int creation_attempts = 10'000;

/// One folder a user, so that nobody depends on the mode of what another user made.
std::string staging_folder() {
  return std::string(staging_prefix) + std::to_string(::geteuid());
}

bool lock(int file, int flags) {
  int result;
  do {
    result = ::flock(file, LOCK_EX | flags);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

bool later(const timespec& left, const timespec& right) {
  return left.tv_sec != right.tv_sec ? left.tv_sec > right.tv_sec : left.tv_nsec > right.tv_nsec;
}

timespec plus(timespec time, long nanoseconds) {
  time.tv_nsec += nanoseconds % 1'000'000'000;
  time.tv_sec += nanoseconds / 1'000'000'000 + time.tv_nsec / 1'000'000'000;
  time.tv_nsec %= 1'000'000'000;
  return time;
}

/// The folder for files under way could not be made, entered or written to: whoever may write to the object's
/// own folder does not see why it is refused.
Error staging_error(int number, const std::string& root) {
  Error error = system_error(number, "make a file under way in", root + "/" + staging_folder());
  if (error.code() != ErrorCode::permission_denied) return error;
  return error.with_hint(
      "every file is first written there: whoever writes to this store has to be allowed to "
      "write to its root, " +
      root);
}

}  // namespace

StagedFile::StagedFile(const std::string& root, const std::string& target)
    : target_(target), folder_name_(staging_folder()) {
  Folder top = Folder::open(root, KeyPath{}, Folder::Missing::create, target);
  root_ = FileDescriptor(::fcntl(top.fd(), F_DUPFD_CLOEXEC, 0));
  if (!root_) throw system_error(errno, "write", target_);
  try {
    create(root);
  } catch (...) {
    discard();
    throw;
  }
}

StagedFile::StagedFile(const std::string& root, const SourcePtr& body, const std::string& target)
    : StagedFile(root, target) {
  if (!body || body->size() == 0) return;
  if (body->in_memory().data() != nullptr) {
    write_all(file_.get(), body->in_memory(), target_);
  } else {
    copy(*body->open());
  }
  if (::fsync(file_.get()) != 0) throw system_error(errno, "write", target_);
}

StagedFile::StagedFile(const std::string& root, Reader& body, const std::string& target)
    : StagedFile(root, target) {
  copy(body);
  if (::fsync(file_.get()) != 0) throw system_error(errno, "write", target_);
}

StagedFile::~StagedFile() {
  discard();
}

void StagedFile::create(const std::string& root) {
  for (int attempt = 0; attempt < creation_attempts; ++attempt) {
    if (::mkdirat(root_.get(), folder_name_.c_str(), 0700) != 0 && errno != EEXIST) {
      throw staging_error(errno, root);
    }
    folder_ = FileDescriptor(
        ::openat(root_.get(), folder_name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder_ && errno == ENOENT) continue;  // the last one that used it has removed it
    if (!folder_) throw staging_error(errno, root);
    std::string name = to_hex(random_bytes(12));
    file_ =
        FileDescriptor(::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file_ && errno == ENOENT) continue;
    if (!file_) throw staging_error(errno, root);
    name_ = std::move(name);
    // A sweep may have been faster with the lock than we were, and has removed the file then.
    struct stat status{};
    if (!lock(file_.get(), 0) || ::fstat(file_.get(), &status) != 0) {
      throw system_error(errno, "write", target_);
    }
    if (status.st_nlink > 0) return;
  }
  throw Error(ErrorCode::unavailable, "write", target_, "the folder for files under way cannot be kept");
}

void StagedFile::copy(Reader& body) {
  std::vector<char> buffer(chunk_size);
  while (std::size_t count = body.read(buffer.data(), buffer.size())) {
    write_all(file_.get(), {buffer.data(), count}, target_);
  }
}

struct stat StagedFile::stamp(const struct stat* current) {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  // File systems keep times in steps from a nanosecond to two seconds: go on by the first that shows.
  constexpr std::array<long, 6> steps{1, 100, 1000, 1'000'000, 1'000'000'000, 2'000'000'000};
  struct stat status{};
  for (long step : steps) {
    if (current != nullptr && !later(time, current->st_mtim)) time = plus(current->st_mtim, step);
    std::array<timespec, 2> times{time, time};
    if (::futimens(file_.get(), times.data()) != 0 || ::fstat(file_.get(), &status) != 0) {
      throw system_error(errno, "write", target_);
    }
    if (current == nullptr || later(status.st_mtim, current->st_mtim)) break;
    time = current->st_mtim;
  }
  return status;
}

void StagedFile::discard() {
  if (!name_.empty()) ::unlinkat(folder_.get(), name_.c_str(), 0);
  // Fails as long as another write is under way.
  if (root_) ::unlinkat(root_.get(), folder_name_.c_str(), AT_REMOVEDIR);
}

void sweep_staging(const std::string& root) {
  std::string path = root + "/" + staging_folder();
  std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return;
  int fd = ::dirfd(folder.get());
  while (const dirent* entry = ::readdir(folder.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    FileDescriptor file(::openat(fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && lock(file.get(), LOCK_NB)) ::unlinkat(fd, name.c_str(), 0);
  }
  ::rmdir(path.c_str());
}

}  // namespace wheelyard::store::local
