#include "wheelyard/index/local_copy.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <unistd.h>

namespace wheelyard::index {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw Error(ErrorCode::unavailable, "keep a temporary copy in", path.string(), std::strerror(error),
              "make room there, or point TMPDIR to a folder that has some");
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
  if (fd < 0) fail(std::filesystem::temp_directory_path(), errno);
  path_ = name;
  Unfinished unfinished(fd, path_.c_str());
  auto object = store.get(key);
  std::array<char, 64 * 1024> buffer{};
  while (const auto got = object.body->read(buffer.data(), buffer.size())) {
    for (std::size_t written = 0; written < got;) {
      const auto n = ::write(fd, buffer.data() + written, got - written);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path_, errno);
      written += static_cast<std::size_t>(n);
    }
    size_ += got;
  }
  unfinished.finish();
}

LocalCopy::~LocalCopy() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace wheelyard::index
