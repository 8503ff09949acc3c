#include "wheelyard/base/file_descriptor.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace wheelyard {

void FileDescriptor::reset() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

FileDescriptor open_file(const std::filesystem::path& path, int flags, unsigned mode) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) {
    const int error_number = errno;
    throw system_error_for((flags & O_ACCMODE) == O_RDONLY ? "read" : "write", path, error_number);
  }
  return FileDescriptor(descriptor);
}

std::size_t read_some(int descriptor, char* buffer, std::size_t capacity, const std::filesystem::path& path) {
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, capacity);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw system_error_for("read", path, errno);
  }
}

std::size_t read_at(int descriptor, std::uint64_t offset, char* buffer, std::size_t capacity,
                    const std::filesystem::path& path) {
  for (;;) {
    const ssize_t count = ::pread(descriptor, buffer, capacity, static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw system_error_for("read", path, errno);
  }
}

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw write_error_for(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void write_at(int descriptor, std::uint64_t offset, std::string_view bytes,
              const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw write_error_for(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

Error system_error_for(std::string doing, const std::filesystem::path& path, int error_number) {
  ErrorCode code = ErrorCode::unavailable;
  std::string hint;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = ErrorCode::not_found;
      hint = "check the path";
      break;
    case EEXIST:
      code = ErrorCode::already_exists;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::permission_denied;
      hint = "check who may access the file and its folder";
      break;
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      code = ErrorCode::invalid_argument;
      break;
    case ENOSPC:
    case EDQUOT:
      hint = "free some space, and try again";
      break;
    default:
      break;
  }
  return Error(code, std::move(doing), path.string(), std::generic_category().message(error_number),
               std::move(hint));
}

Error write_error_for(const std::filesystem::path& path, int error_number) {
  Error error = system_error_for("write", path, error_number);
  if (error.code() != ErrorCode::not_found) return error;
  return Error(ErrorCode::unavailable, error.details());
}

}  // namespace wheelyard
