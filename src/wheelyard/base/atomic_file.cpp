#include "wheelyard/base/atomic_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard {
namespace {

class DescriptorReader : public Reader {
 public:
  DescriptorReader(int descriptor, const std::filesystem::path& path)
      : descriptor_(descriptor), path_(path) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    for (;;) {
      const ssize_t count = ::read(descriptor_, buffer, capacity);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw system_error_for("read", path_, errno);
    }
  }

 private:
  int descriptor_;
  const std::filesystem::path& path_;
};

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error_for("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Some file systems cannot sync a folder; that is no failure of the write.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  const FileDescriptor closer(descriptor);
  if (::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) {
    throw system_error_for("write", folder, errno);
  }
}

/// Whatever went wrong, the file is not written: callers need no finer code.
Error as_unavailable(const Error& error, const std::filesystem::path& path) {
  Error::Details details = error.details();
  details.doing = "write";
  details.target = path.string();
  return Error(ErrorCode::unavailable, std::move(details));
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const auto temporary = folder / (".wheelyard-" + to_hex(random_bytes(8)) + ".tmp");
  bool made = false;
  try {
    FileDescriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    made = true;
    write_all(file.get(), bytes, path);
    if (::fsync(file.get()) != 0) throw system_error_for("write", path, errno);
    file.reset();
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw system_error_for("write", path, errno);
    made = false;
    sync_folder(folder);
  } catch (const Error& error) {
    if (made) ::unlink(temporary.c_str());
    throw as_unavailable(error, path);
  }
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const FileDescriptor file = open_file(path, O_RDONLY);
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) throw system_error_for("read", path, EISDIR);
  DescriptorReader reader(file.get(), path);
  return read_all(reader, limit, path.string());
}

}  // namespace wheelyard
