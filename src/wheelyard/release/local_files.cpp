#include "wheelyard/release/local_files.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

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

[[noreturn]] void refuse_folder(const std::filesystem::path& path) {
  // With the name that "." and "dist/" have.
  auto folder = std::filesystem::absolute(path).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const auto name = shell_word(folder.filename().string());
  auto written = path;
  if (!written.has_filename()) written = written.parent_path();
  const bool has_name = written.filename() == folder.filename();
  const auto above = has_name ? written.parent_path() : folder.parent_path();
  refuse(path, "it is a folder, and the files of a release lie side by side",
         printable("push the files in it: wheelyard release push --name " + name + " --version V " +
                   shell_word(written.string()) +
                   "/*; where folders are in it, pack it and push that: tar -czf " + name + ".tar.gz " +
                   (above.empty() ? "" : "-C " + shell_word(above.string()) + " ") + name));
}

void take_stat(LocalFile& file) {
  struct stat status{};
  if (::stat(file.path.c_str(), &status) != 0) throw system_error_for("push", file.path, errno);
  if (S_ISDIR(status.st_mode)) refuse_folder(file.path);
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
