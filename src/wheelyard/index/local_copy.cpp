#include "wheelyard/index/local_copy.hpp"

#include <array>

#include <fcntl.h>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::index {

LocalCopy::LocalCopy(store::ObjectStore& store, const std::string& key) : path_(folder_.path() / "copy") {
  const FileDescriptor file = open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
  auto object = store.get(key);
  std::array<char, 64 * 1024> buffer{};
  while (const auto got = object.body->read(buffer.data(), buffer.size())) {
    try {
      write_all(file.get(), {buffer.data(), got}, path_);
    } catch (const Error& error) {
      throw error.with_hint("make room there, or point TMPDIR to a folder that has some");
    }
    size_ += got;
  }
}

}  // namespace wheelyard::index
