#include "wheelyard/release/staging_folder.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::release {
namespace {

constexpr std::string_view hidden_prefix = ".wheelyard-release-";
constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

/// What a failed write says; never `not_found`, which is said of releases.
Error write_error(const std::filesystem::path& path, int number) {
  if (number == ENOTDIR) {
    return Error(ErrorCode::invalid_argument, "write", path.string(), "it is a file, and not a folder",
                 "name another folder, or move the file away");
  }
  return write_error_for(path, number);
}

/// The files in an open folder that holds nothing but files, and then the folder.
void remove_folder(int parent, const std::string& name, int folder) noexcept {
  const int copy = ::openat(folder, ".", folder_flags);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) return;
  while (const dirent* entry = ::readdir(stream.get())) ::unlinkat(folder, entry->d_name, 0);
  ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

/// Whether the name still stands for the open folder.
bool is_named(int parent, const std::string& name, int folder) {
  struct stat held{};
  struct stat named{};
  return ::fstat(folder, &held) == 0 && ::fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

StagingFolder::StagingFolder(std::filesystem::path root) : root_(root.empty() ? "." : std::move(root)) {
  root_folder_ = FileDescriptor(::open(root_.c_str(), folder_flags));
  if (!root_folder_ && errno == ENOENT) {
    std::error_code failure;
    std::filesystem::create_directories(root_, failure);
    if (failure) throw write_error(root_, failure.value());
    root_folder_ = FileDescriptor(::open(root_.c_str(), folder_flags));
  }
  if (!root_folder_) throw write_error(root_, errno);
  sweep();
  make();
}

StagingFolder::~StagingFolder() {
  if (folder_) remove_folder(root_folder_.get(), name_, folder_.get());
}

void StagingFolder::make() {
  // Somebody's sweep may take the folder between its making and its lock.
  constexpr int attempts = 100;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    std::string name = std::string(hidden_prefix) + to_hex(random_bytes(8));
    if (::mkdirat(root_folder_.get(), name.c_str(), 0700) != 0) throw write_error(root_, errno);
    FileDescriptor folder(::openat(root_folder_.get(), name.c_str(), folder_flags | O_NOFOLLOW));
    if (!folder || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 ||
        !is_named(root_folder_.get(), name, folder.get())) {
      continue;
    }
    name_ = std::move(name);
    folder_ = std::move(folder);
    return;
  }
  throw Error(ErrorCode::unavailable, "write", root_.string(), "no folder that is made there stays",
              "see which program removes folders there");
}

void StagingFolder::sweep() const {
  const int copy = ::openat(root_folder_.get(), ".", folder_flags);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  if (!stream) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (!name.starts_with(hidden_prefix)) continue;
    const FileDescriptor folder(::openat(root_folder_.get(), name.c_str(), folder_flags | O_NOFOLLOW));
    if (folder && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0 &&
        is_named(root_folder_.get(), name, folder.get())) {
      remove_folder(root_folder_.get(), name, folder.get());
    }
  }
}

FileDescriptor StagingFolder::open(const std::string& staged) const {
  FileDescriptor file(
      ::openat(folder_.get(), staged.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file) throw write_error(root_ / staged, errno);
  return file;
}

void StagingFolder::check_free(const std::vector<Placement>& placements) const {
  for (const auto& [staged, name] : placements) {
    struct stat status{};
    if (::fstatat(root_folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      throw write_error(path_of(name), errno);
    }
    // A link gives way to the file, unless it stands for a device: nobody means /dev/stdout to become a file.
    struct stat target{};
    if (S_ISLNK(status.st_mode) && ::fstatat(root_folder_.get(), name.c_str(), &target, 0) == 0 &&
        !S_ISREG(target.st_mode) && !S_ISDIR(target.st_mode)) {
      status = target;
    }
    if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) continue;
    throw Error(ErrorCode::invalid_argument, "write", path_of(name).string(),
                S_ISDIR(status.st_mode) ? "a folder has that name" : "a device or pipe has that name",
                "move it away, or name another place");
  }
}

bool StagingFolder::give_name(const Placement& placement) const {
  const int from = folder_.get();
  const int to = root_folder_.get();
  // What is there comes here in exchange, for the case that a later file gets no name.
  if (::renameat2(from, placement.staged.c_str(), to, placement.name.c_str(), RENAME_EXCHANGE) == 0)
    return true;
  if (::renameat(from, placement.staged.c_str(), to, placement.name.c_str()) == 0) return false;
  throw write_error(path_of(placement.name), errno);
}

void StagingFolder::put_back(const Placement& placement, bool exchanged) const noexcept {
  ::renameat2(root_folder_.get(), placement.name.c_str(), folder_.get(), placement.staged.c_str(),
              exchanged ? RENAME_EXCHANGE : 0);
}

void StagingFolder::publish(const std::vector<Placement>& placements) {
  check_free(placements);
  std::vector<bool> exchanged;
  try {
    for (const auto& placement : placements) exchanged.push_back(give_name(placement));
  } catch (...) {
    while (!exchanged.empty()) {
      put_back(placements[exchanged.size() - 1], exchanged.back());
      exchanged.pop_back();
    }
    throw;
  }
}

}  // namespace wheelyard::release
