#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "wheelyard/base/error.hpp"

namespace wheelyard::store::local {

/// An open file or folder, closed at the end.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// What an errno means to the caller: no space and I/O errors are `unavailable`, missing rights and read-only file
/// systems `permission_denied`, names that are too long `invalid_argument`.
Error system_error(int number, std::string doing, const std::string& target);

}  // namespace wheelyard::store::local
