#include "wheelyard/transfer/detail/walk.hpp"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace wheelyard::transfer {
namespace {

constexpr std::string_view staging_prefix = ".wheelyard-tmp-";

const char* kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "it is a pipe";
  if (S_ISSOCK(mode)) return "it is a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "it is a device";
  return "it is neither a file nor a folder";
}

}  // namespace

bool is_own_file(std::string_view name) {
  return name.starts_with(partial_prefix) || name.starts_with(staging_prefix);
}

Walk::Walk(FileDescriptor folder, std::string root, Links links, const Filter& filter)
    : root_(std::move(root)), links_(links), filter_(filter) {
  enter(std::move(folder));
}

Listed Walk::failed(std::string_view name, const Error& error) const {
  return {.item = {.name = path_ + std::string(name)}, .skipped = {}, .error = error};
}

void Walk::enter(FileDescriptor folder) {
  Level level{.folder = std::move(folder), .path_size = path_.size()};
  const std::string place = root_ + "/" + path_;
  if (::fstat(level.folder.get(), &level.status) != 0) throw system_error_for("list", place, errno);
  for (const Level& above : levels_) {
    if (above.status.st_ino == level.status.st_ino && above.status.st_dev == level.status.st_dev) {
      throw Error(ErrorCode::invalid_argument, "list", place, "symbolic links lead in a circle here",
                  "remove the link, exclude it, or pass links over with --no-follow-symlinks");
    }
  }
  read_names(level);
  levels_.push_back(std::move(level));
}

void Walk::read_names(Level& level) {
  const std::string place = root_ + "/" + path_;
  const int copy = ::fcntl(level.folder.get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) {
    const int number = errno;
    if (copy >= 0) ::close(copy);
    throw system_error_for("list", place, number);
  }
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    unsigned char type = entry->d_type;
    const bool passed_over =
        name == "." || name == ".." || is_own_file(name) || (type == DT_LNK && links_ == Links::pass_over);
    if (!passed_over) {
      if (type == DT_UNKNOWN || type == DT_LNK) {
        struct stat status{};
        const int flags = links_ == Links::follow ? 0 : AT_SYMLINK_NOFOLLOW;
        const bool seen = ::fstatat(level.folder.get(), entry->d_name, &status, flags) == 0;
        type = seen && S_ISDIR(status.st_mode) ? DT_DIR : DT_REG;
      }
      level.names.add(name, type == DT_DIR);
    }
    errno = 0;
  }
  if (errno != 0) throw system_error_for("list", place, errno);
  level.names.sort();
}

std::optional<Listed> Walk::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    path_.resize(level.path_size);
    if (level.next == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    const std::string_view name = level.names[level.next++];
    auto listed = name.ends_with('/') ? take_folder(level, name) : take_file(level, name);
    if (listed) return listed;
  }
  return std::nullopt;
}

std::optional<Listed> Walk::take_file(const Level& level, std::string_view name) {
  std::string path;
  path.reserve(path_.size() + name.size());
  path += path_;
  path += name;
  if (!filter_.empty() && !filter_.takes(path)) return std::nullopt;
  struct stat status{};
  const int flags = links_ == Links::follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (::fstatat(level.folder.get(), name.data(), &status, flags) != 0) {
    const int number = errno;
    if (number == ENOENT && ::fstatat(level.folder.get(), name.data(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return std::nullopt;  // removed since its folder was read
    }
    Error error = system_error_for("read", root_ + "/" + path, number);
    if (number == ENOENT || number == ELOOP) {
      error = Error(ErrorCode::not_found, "read", root_ + "/" + path, "the symbolic link leads nowhere",
                    "remove the link, exclude it, or pass links over with --no-follow-symlinks");
    }
    return failed(name, error);
  }
  if (S_ISLNK(status.st_mode) && links_ == Links::pass_over) return std::nullopt;
  Listed listed{.item = {.name = std::move(path),
                         .size = static_cast<std::uint64_t>(status.st_size),
                         .modified = file_time(status)}};
  if (!S_ISREG(status.st_mode) && links_ != Links::keep) {
    listed.skipped = S_ISDIR(status.st_mode) ? "it has become a folder" : kind_of(status.st_mode);
  }
  return listed;
}

std::optional<Listed> Walk::take_folder(const Level& level, std::string_view name) {
  const std::string part(name.substr(0, name.size() - 1));
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (links_ == Links::follow ? 0 : O_NOFOLLOW);
  FileDescriptor folder(::openat(level.folder.get(), part.c_str(), flags));
  if (!folder) {
    const int number = errno;
    if (number == ENOENT) return std::nullopt;
    return failed(name, system_error_for("list", root_ + "/" + path_ + part, number));
  }
  try {
    path_ += name;
    enter(std::move(folder));
  } catch (const Error& error) {
    path_.resize(path_.size() - name.size());
    return failed(name, error);
  }
  return std::nullopt;
}

}  // namespace wheelyard::transfer
