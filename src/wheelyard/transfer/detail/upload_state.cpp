#include "wheelyard/transfer/detail/upload_state.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/transfer/detail/file_lock.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::string_view ending = ".upload";
constexpr std::time_t longest_kept = 7 * 24 * 3600;
constexpr std::size_t largest_file = 16 * 1024;

/// Empty where the process has no home.
std::filesystem::path state_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "wheelyard/transfers";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".local/state/wheelyard/transfers";
}

}  // namespace

std::optional<UploadState> UploadState::open(const std::string& source, const std::string& target) {
  const std::filesystem::path folder = state_folder();
  std::error_code failure;
  if (folder.empty()) return std::nullopt;
  std::filesystem::create_directories(folder.parent_path(), failure);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return std::nullopt;
  const std::string path = std::filesystem::absolute(source, failure).string();
  const std::string name = sha256_hex(path + '\0' + target).substr(0, 32) + std::string(ending);
  for (int attempt = 0; attempt < 3; ++attempt) {
    FileDescriptor file(::open((folder / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    struct stat status{};
    if (!file || !lock_file(file.get(), lock_patience) || ::fstat(file.get(), &status) != 0)
      return std::nullopt;
    // Whoever had it may have removed it between our opening and our lock.
    if (status.st_nlink > 0) return UploadState(folder / name, std::move(file));
  }
  return std::nullopt;
}

std::optional<UploadState::Record> UploadState::read() const {
  std::array<char, largest_file> buffer{};
  const ssize_t count = ::pread(file_.get(), buffer.data(), buffer.size(), 0);
  if (count <= 0) return std::nullopt;
  const auto lines = split({buffer.data(), static_cast<std::size_t>(count)}, '\n');
  if (lines.size() != 5 || lines[0] != "wheelyard-upload-1") return std::nullopt;
  const auto id = try_percent_decode(lines[1]);
  Record record{.upload_id = id.value_or(""), .identity = std::string(lines[2])};
  const auto [end, failure] =
      std::from_chars(lines[3].data(), lines[3].data() + lines[3].size(), record.part_size);
  if (record.upload_id.empty() || failure != std::errc() || record.part_size == 0) return std::nullopt;
  return record;
}

void UploadState::write(const Record& record) const noexcept {
  const std::string text = "wheelyard-upload-1\n" + percent_encode(record.upload_id) + '\n' +
                           record.identity + '\n' + std::to_string(record.part_size) + '\n';
  if (text.size() > largest_file || ::ftruncate(file_.get(), 0) != 0) return;
  // A short write has no fifth line, and is not read.
  [[maybe_unused]] const ssize_t written = ::pwrite(file_.get(), text.data(), text.size(), 0);
}

void UploadState::remove() const noexcept {
  ::unlink(path_.c_str());
}

void sweep_upload_states() noexcept {
  static std::once_flag once;
  std::call_once(once, [] {
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(state_folder(), failure), end; !failure && entry != end;
         entry.increment(failure)) {
      if (!entry->path().string().ends_with(ending)) continue;
      const FileDescriptor file(::open(entry->path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
      struct stat status{};
      if (!file || ::fstat(file.get(), &status) != 0 || std::time(nullptr) - status.st_mtime < longest_kept) {
        continue;
      }
      if (lock_file(file.get())) ::unlink(entry->path().c_str());
    }
  });
}

}  // namespace wheelyard::transfer
