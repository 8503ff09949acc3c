#include "wheelyard/store/local/folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <ranges>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace wheelyard::store::local {
namespace {

constexpr std::size_t longest_part = 255;
/// Another process may prune a folder as often as we make it; nobody does so this often for long.
constexpr int creation_attempts = 10'000;

constexpr int open_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

Error bad_key(const std::string& target, std::string reason) {
  return Error(ErrorCode::invalid_argument, "use the name", target, std::move(reason));
}

std::string fault_of(std::string_view key) {
  if (key.empty()) return "it is empty";
  if (key.find('\0') != std::string_view::npos) return "it holds a NUL";
  for (auto part : std::views::split(key, '/')) {
    std::string_view text(part.begin(), part.end());
    if (text.empty()) return "a folder keeps no names with empty parts";
    if (text == "." || text == "..") return "a folder keeps no names with '.' or '..' as a part";
    if (text.size() > longest_part) return "a part of it is longer than 255 bytes";
  }
  if (key.starts_with(staging_prefix)) return "names that begin so are kept for writes under way";
  return {};
}

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr};
}

/// Opens the root, making it (and what is missing above it) when told to.
FileDescriptor open_root(const std::string& root, Folder::Missing missing, const std::string& target) {
  FileDescriptor folder(::open(root.c_str(), open_flags));
  if (!folder && errno == ENOENT && missing == Folder::Missing::create) {
    std::error_code failure;
    std::filesystem::create_directories(root, failure);
    if (failure) throw system_error(failure.value(), "create the folder", root);
    folder = FileDescriptor(::open(root.c_str(), open_flags));
  }
  if (folder || (errno == ENOENT && missing == Folder::Missing::report)) return folder;
  if (errno == ENOTDIR) {
    throw Error(ErrorCode::invalid_argument, "write", target, root + " is not a folder");
  }
  throw system_error(errno, "open the folder", root);
}

[[noreturn]] void refuse_part(int parent, const std::string& part, int number, const std::string& target) {
  struct stat status{};
  if (number == ENOTDIR || number == ELOOP) {
    bool known = ::fstatat(parent, part.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (known && S_ISLNK(status.st_mode)) {
      throw Error(ErrorCode::permission_denied, "write", target,
                  "'" + part + "' on the way there is a symbolic link, and nothing is written through one",
                  "make it a real folder, or give the folder that it leads to as the repository");
    }
    throw Error(ErrorCode::unsupported, "write", target,
                "'" + part + "' is a file, and a folder cannot keep objects below a file");
  }
  throw system_error(number, "open the folder of", target);
}

}  // namespace

Error system_error(int number, std::string doing, const std::string& target) {
  Error error = system_error_for(std::move(doing), target, number);
  if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::already_exists) return error;
  return Error(ErrorCode::unavailable, error.details());
}

void check_root(const std::string& root, std::string doing) {
  struct stat status{};
  if (::stat(root.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return;
  throw Error(ErrorCode::invalid_argument, std::move(doing), root, "it is not a folder",
              "name a folder, or a bucket as s3://bucket/prefix");
}

KeyPath KeyPath::parse(const std::string& key, const std::string& target) {
  if (std::string fault = fault_of(key); !fault.empty()) throw bad_key(target, std::move(fault));
  KeyPath path;
  for (auto part : std::views::split(key, '/')) path.folders.emplace_back(part.begin(), part.end());
  path.name = std::move(path.folders.back());
  path.folders.pop_back();
  return path;
}

bool is_valid_key(std::string_view key) {
  return fault_of(key).empty();
}

std::string etag_of(const struct stat& status) {
  std::uint64_t nanoseconds =
      static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000u + status.st_mtim.tv_nsec;
  return hex(nanoseconds) + '-' + hex(status.st_size) + '-' + hex(status.st_ino);
}

ObjectInfo info_of(std::string key, const struct stat& status) {
  return {.key = std::move(key),
          .size = static_cast<std::uint64_t>(status.st_size),
          .etag = etag_of(status),
          .last_modified = TimePoint(std::chrono::seconds(status.st_mtim.tv_sec) +
                                     std::chrono::microseconds(status.st_mtim.tv_nsec / 1000))};
}

Folder Folder::open(const std::string& root, const KeyPath& path, Missing missing,
                    const std::string& target) {
  for (int attempt = 0; attempt < creation_attempts; ++attempt) {
    Folder folder;
    folder.chain_.push_back(open_root(root, missing, target));
    if (!folder.chain_.back()) return {};
    bool pruned = false;
    for (const std::string& part : path.folders) {
      int parent = folder.fd();
      FileDescriptor next(::openat(parent, part.c_str(), open_flags | O_NOFOLLOW));
      if (!next && errno == ENOENT) {
        if (missing == Missing::report) return {};
        if (::mkdirat(parent, part.c_str(), 0777) == 0) {
          sync_folder(parent, target);
        } else if (errno != EEXIST && errno != ENOENT) {
          throw system_error(errno, "create the folder of", target);
        }
        next = FileDescriptor(::openat(parent, part.c_str(), open_flags | O_NOFOLLOW));
        // Somebody who removes objects has pruned it, or its parent, again: from the start.
        if (!next && errno == ENOENT) {
          pruned = true;
          break;
        }
      }
      if (!next) refuse_part(parent, part, errno, target);
      folder.chain_.push_back(std::move(next));
      folder.names_.push_back(part);
    }
    if (!pruned) return folder;
    std::this_thread::yield();
  }
  throw Error(ErrorCode::unavailable, "write", target, "its folder is removed as soon as it is made");
}

void Folder::prune() {
  while (chain_.size() > 1) {
    chain_.pop_back();
    if (::unlinkat(fd(), names_.back().c_str(), AT_REMOVEDIR) != 0) return;
    names_.pop_back();
  }
}

FolderLock::FolderLock(int folder, const std::string& target) : folder_(folder) {
  while (::flock(folder_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    if (errno == EBADF || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL) {
      throw Error(ErrorCode::unsupported, "replace", target, "this file system cannot lock a folder",
                  "keep the repository on a local file system, or in a bucket");
    }
    throw system_error(errno, "lock the folder of", target);
  }
}

FolderLock::~FolderLock() {
  ::flock(folder_, LOCK_UN);
}

void sync_folder(int folder, const std::string& target) {
  // EINVAL: a file system that has nothing to sync.
  if (::fsync(folder) != 0 && errno != EINVAL) throw system_error(errno, "sync the folder of", target);
}

}  // namespace wheelyard::store::local
