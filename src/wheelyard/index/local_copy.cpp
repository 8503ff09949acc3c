#include "wheelyard/index/local_copy.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <unistd.h>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::index {

namespace {

constexpr const char* advice = "make room there, or point TMPDIR to a folder that has some";

void keep(int fd, std::string_view bytes, const std::filesystem::path& path) {
  try {
    write_all(fd, bytes, path);
  } catch (const Error& error) {
    throw error.with_hint(advice);
  }
}

/// Closes and removes the file unless all went well.
class Unfinished {
 public:
  Unfinished(int fd, const char* path) : fd_(fd), path_(path) {}
  ~Unfinished() {
    ::close(fd_);
    if (!finished_) ::unlink(path_);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void finish() { finished_ = true; }

 private:
  int fd_;
  const char* path_;
  bool finished_ = false;
};

}  // namespace

LocalCopy::LocalCopy(store::ObjectStore& store, const std::string& key) {
  auto name = (std::filesystem::temp_directory_path() / "wheelyard-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) {
    throw system_error_for("keep a temporary copy in", std::filesystem::temp_directory_path(), errno)
        .with_hint(advice);
  }
  path_ = name;
  Unfinished unfinished(fd, path_.c_str());
  auto object = store.get(key);
  std::array<char, 64 * 1024> buffer{};
  while (const auto got = object.body->read(buffer.data(), buffer.size())) {
    keep(fd, {buffer.data(), got}, path_);
    size_ += got;
  }
  unfinished.finish();
}

LocalCopy::~LocalCopy() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace wheelyard::index
