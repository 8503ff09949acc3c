#include "wheelyard/transfer/detail/local_source.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace wheelyard::transfer {
namespace {

bool same_state(const struct stat& left, const struct stat& right) {
  return left.st_ino == right.st_ino && left.st_dev == right.st_dev && left.st_size == right.st_size &&
         file_time(left) == file_time(right);
}

class SliceReader : public Reader {
 public:
  SliceReader(Context& context, std::shared_ptr<const OpenFile> file, std::uint64_t offset,
              std::uint64_t size, std::atomic<std::uint64_t>& counted)
      : context_(context), file_(std::move(file)), position_(offset), left_(size), counted_(counted) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t wanted = std::min<std::uint64_t>(capacity, left_);
    if (wanted == 0) return 0;
    ssize_t count;
    do {
      count = ::pread(file_->file.get(), buffer, wanted, static_cast<off_t>(position_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw system_error_for("read", file_->path, errno);
    if (count == 0) throw changed_while_read(file_->path);
    position_ += static_cast<std::uint64_t>(count);
    left_ -= static_cast<std::uint64_t>(count);
    // Before the last bytes go: what was put together from two states of the file is never completed.
    if (left_ == 0) file_->check_unchanged();
    counted_ += static_cast<std::uint64_t>(count);
    context_.pass(static_cast<std::uint64_t>(count));
    return static_cast<std::size_t>(count);
  }

 private:
  Context& context_;
  const std::shared_ptr<const OpenFile> file_;
  std::uint64_t position_;
  std::uint64_t left_;
  std::atomic<std::uint64_t>& counted_;
};

}  // namespace

Error changed_while_read(const std::string& path) {
  return Error(ErrorCode::corrupted, "read", path, "it changed while it was being read",
               "let whatever writes the file finish, and try again");
}

void OpenFile::check_unchanged() const {
  struct stat current{};
  if (::fstat(file.get(), &current) != 0) throw system_error_for("read", path, errno);
  if (!same_state(current, status)) throw changed_while_read(path);
}

std::shared_ptr<LocalSource> LocalSource::tree(const std::filesystem::path& folder) {
  const std::string path = folder.empty() ? "." : folder.string();
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor && errno == ENOTDIR) {
    throw Error(ErrorCode::invalid_argument, "read the files below", path, "it is no folder",
                "leave --recursive away for a single file");
  }
  if (!descriptor) throw system_error_for("read the files below", path, errno);
  return std::shared_ptr<LocalSource>(new LocalSource(std::move(descriptor), path));
}

std::shared_ptr<LocalSource> LocalSource::single(const std::filesystem::path& file) {
  return std::shared_ptr<LocalSource>(new LocalSource(FileDescriptor(), file.string()));
}

int LocalSource::folder() const {
  return folder_ ? folder_.get() : AT_FDCWD;
}

std::unique_ptr<Listing> LocalSource::list(Links links, const Filter& filter) const {
  // A new description: its position in the folder is its own.
  FileDescriptor again(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again) throw system_error_for("list", path_, errno);
  return std::make_unique<Walk>(std::move(again), path_, links, filter);
}

Item LocalSource::item(bool follow_symlinks) const {
  struct stat status{};
  if (::fstatat(AT_FDCWD, path_.c_str(), &status, follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error_for("read", path_, errno);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::invalid_argument, "copy", path_, "it is a folder",
                "use --recursive for the files below it");
  }
  if (S_ISLNK(status.st_mode)) {
    throw Error(ErrorCode::invalid_argument, "copy", path_,
                "it is a symbolic link, and links are passed over", "leave --no-follow-symlinks away");
  }
  return {.name = {}, .size = static_cast<std::uint64_t>(status.st_size), .modified = file_time(status)};
}

void LocalSource::check_removable() const {
  struct stat status{};
  if (::lstat(path_.c_str(), &status) != 0) throw system_error_for("remove", path_, errno);
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::invalid_argument, "remove", path_, "it is a folder",
                "use --recursive for everything below it");
  }
}

OpenFile LocalSource::open(const Item& item, bool follow_symlinks) const {
  OpenFile opened;
  opened.path = path_of(item);
  // Without blocking: what has become a pipe must not hold us.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow_symlinks ? 0 : O_NOFOLLOW);
  opened.file = FileDescriptor(::openat(folder(), relative(item), flags));
  if (!opened.file || ::fstat(opened.file.get(), &opened.status) != 0) {
    throw system_error_for("read", opened.path, errno);
  }
  if (!S_ISREG(opened.status.st_mode)) {
    throw Error(ErrorCode::invalid_argument, "read", opened.path, "it is not a regular file");
  }
  return opened;
}

std::string LocalSource::path_of(const Item& item) const {
  if (!folder_) return path_;
  return path_.ends_with('/') ? path_ + item.name : path_ + "/" + item.name;
}

void LocalSource::remove(const Item& item) const {
  struct stat current{};
  if (::fstatat(folder(), relative(item), &current, 0) != 0) {
    if (errno == ENOENT) return;
    throw system_error_for("remove", path_of(item), errno);
  }
  if (static_cast<std::uint64_t>(current.st_size) != item.size || file_time(current) != item.modified) {
    throw Error(ErrorCode::precondition_failed, "remove", path_of(item),
                "it changed after it was copied; both are there now", "move it again");
  }
  if (::unlinkat(folder(), relative(item), 0) != 0 && errno != ENOENT) {
    throw system_error_for("remove", path_of(item), errno);
  }
}

std::unique_ptr<Reader> FileSlice::open() const {
  context_.reporter.add_bytes(-static_cast<std::int64_t>(counted_.exchange(0)));
  return std::make_unique<SliceReader>(context_, file_, offset_, size_, counted_);
}

}  // namespace wheelyard::transfer
