#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "wheelyard/base/error.hpp"

namespace wheelyard {

/// Owns an open file descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) noexcept : descriptor_(descriptor) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }

  int get() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  void reset() noexcept;

 private:
  int descriptor_;
};

/// open(2) with O_CLOEXEC. Throws what `system_error_for` makes of errno.
FileDescriptor open_file(const std::filesystem::path& path, int flags, unsigned mode = 0);

/// read(2), pread(2), write(2) and pwrite(2), gone on with after signals; the writes until all is written.
/// The reads give 0 at the end only, and throw what `system_error_for` makes of errno; the writes what
/// `write_error_for` does. `path` is for the message.
std::size_t read_some(int descriptor, char* buffer, std::size_t capacity, const std::filesystem::path& path);
std::size_t read_at(int descriptor, std::uint64_t offset, char* buffer, std::size_t capacity,
                    const std::filesystem::path& path);
void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path);
void write_at(int descriptor, std::uint64_t offset, std::string_view bytes,
              const std::filesystem::path& path);

/// An Error for a failed system call: `not_found`, `already_exists`, `permission_denied`, `invalid_argument`
/// (a folder in a file's place) or `unavailable`, with a hint.
Error system_error_for(std::string doing, const std::filesystem::path& path, int error_number);
/// The same for a failed write, but never `not_found`, which is said of what is read: `unavailable` instead.
Error write_error_for(const std::filesystem::path& path, int error_number);

}  // namespace wheelyard
