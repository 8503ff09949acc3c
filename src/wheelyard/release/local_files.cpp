#include "wheelyard/release/local_files.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <sys/stat.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/release/layout.hpp"

namespace wheelyard::release {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string reason, std::string hint) {
  throw Error(ErrorCode::invalid_argument, "push", printable(path.string()), std::move(reason),
              std::move(hint));
}

void take_stat(LocalFile& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) throw system_error_for("push", file.path, errno);
  if (S_ISDIR(status.st_mode)) {
    refuse(file.path, "it is a folder",
           "name the files in it, or make an archive of it: tar -czf " +
               printable(file.path.filename().string(), 100) + ".tar.gz …");
  }
  if (!S_ISREG(status.st_mode))
    refuse(file.path, "it is no regular file", "a release is made of regular files");
  file.file.size = static_cast<std::uint64_t>(status.st_size);
  file.modified = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  file.inode = status.st_ino;
}

}  // namespace

void LocalFile::check_unchanged() const {
  LocalFile now{.path = path, .file = {}, .modified = 0, .inode = 0};
  take_stat(now);
  if (now.file.size == file.size && now.modified == modified && now.inode == inode) return;
  throw Error(ErrorCode::corrupted, "push", printable(path.string()), "it changed while it was pushed",
              "push it again when nobody writes to it any more");
}

std::vector<LocalFile> inspect_files(const std::vector<std::filesystem::path>& paths, std::size_t workers) {
  if (paths.empty()) {
    throw Error(ErrorCode::invalid_argument, "push", "a release", "no file is named",
                "name one or more files");
  }
  std::vector<LocalFile> files;
  for (const auto& path : paths) {
    LocalFile file{.path = path, .file = {}, .modified = 0, .inode = 0};
    file.file.name = path.filename().string();
    take_stat(file);
    check_file_name(file.file.name);
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, [](const LocalFile& file) { return file.file.name; });
  const auto same =
      std::ranges::adjacent_find(files, {}, [](const LocalFile& file) { return file.file.name; });
  if (same != files.end()) {
    refuse((same + 1)->path,
           "another file of the release is called '" + printable(same->file.name, 200) + "' too",
           "the files of a release lie side by side: rename one of them");
  }
  parallel_for(files.size(), workers, [&](std::size_t i) {
    files[i].file.sha256 = sha256_hex(*file_source(files[i].path));
    files[i].check_unchanged();
  });
  return files;
}

std::string random_uuid() {
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  const auto hex = to_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace wheelyard::release
