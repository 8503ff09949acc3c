#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "wheelyard/base/file_descriptor.hpp"

/// What fuzz targets share: taking their input apart, and saying what must hold of what came of it.
namespace wheelyard::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// The first line, which is taken away with its end.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  return line;
}

/// A file of these bytes, in memory.
class InputFile {
 public:
  explicit InputFile(std::string_view bytes) : file_(::memfd_create("input", MFD_CLOEXEC)) {
    require(static_cast<bool>(file_) &&
            ::write(file_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

 private:
  FileDescriptor file_;
};

}  // namespace wheelyard::fuzz
