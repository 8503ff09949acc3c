#include "wheelyard/base/io.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard {
namespace {

class ViewReader : public Reader {
 public:
  ViewReader(std::string_view bytes, std::shared_ptr<const void> owner)
      : left_(bytes), owner_(std::move(owner)) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = left_.copy(buffer, capacity);
    left_.remove_prefix(count);
    return count;
  }

  std::uint64_t copy_to(ByteSink& sink) override {
    const auto left = std::exchange(left_, {});
    if (!left.empty()) sink.write(left);
    return left.size();
  }

 private:
  std::string_view left_;
  std::shared_ptr<const void> owner_;
};

class BytesSource : public Source {
 public:
  explicit BytesSource(std::string bytes) : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}
  std::uint64_t size() const override { return bytes_->size(); }
  std::unique_ptr<Reader> open() const override { return view_reader(*bytes_, bytes_); }
  std::string_view in_memory() const override { return *bytes_; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

class FileReader : public Reader {
 public:
  FileReader(const std::filesystem::path& path, std::uint64_t size)
      : path_(path), file_(open_file(path, O_RDONLY)), left_(size) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    char probe = 0;
    const bool at_end = left_ == 0;
    const std::size_t count =
        at_end ? read_some(file_.get(), &probe, 1, path_)
               : read_some(file_.get(), buffer,
                           static_cast<std::size_t>(std::min<std::uint64_t>(capacity, left_)), path_);
    if ((count == 0) != at_end) {
      throw Error(ErrorCode::corrupted, "read", path_.string(), "its size changed while it was being read",
                  "let whatever writes the file finish, and try again");
    }
    if (at_end) return 0;
    left_ -= count;
    return count;
  }

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::uint64_t left_;
};

class FileSource : public Source {
 public:
  explicit FileSource(const std::filesystem::path& path) : path_(path) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) throw system_error_for("read", path, errno);
    if (!S_ISREG(info.st_mode)) {
      throw Error(ErrorCode::invalid_argument, "read", path.string(), "it is not a regular file");
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
  }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> open() const override { return std::make_unique<FileReader>(path_, size_); }

 private:
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

/// Of any size, pipes too.
class DescriptorReader : public Reader {
 public:
  DescriptorReader(int descriptor, const std::filesystem::path& path)
      : descriptor_(descriptor), path_(path) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    return read_some(descriptor_, buffer, capacity, path_);
  }

 private:
  int descriptor_;
  const std::filesystem::path& path_;
};

}  // namespace

std::uint64_t Reader::copy_to(ByteSink& sink) {
  constexpr std::size_t piece = 256 * 1024;
  const auto buffer = std::make_unique_for_overwrite<char[]>(piece);
  std::uint64_t total = 0;
  while (const std::size_t count = read(buffer.get(), piece)) {
    sink.write({buffer.get(), count});
    total += count;
  }
  return total;
}

std::unique_ptr<Reader> view_reader(std::string_view bytes, std::shared_ptr<const void> owner) {
  return std::make_unique<ViewReader>(bytes, std::move(owner));
}

SourcePtr bytes_source(std::string bytes) {
  return std::make_shared<BytesSource>(std::move(bytes));
}

SourcePtr file_source(const std::filesystem::path& path) {
  return std::make_shared<FileSource>(path);
}

std::string read_all(Reader& reader, std::uint64_t limit, std::string_view what) {
  std::string bytes;
  std::size_t used = 0;
  for (;;) {
    // Grows with what really comes, so that a small answer costs little and a liar gains nothing.
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(16 * 1024, bytes.size() * 2));
    const std::size_t count = reader.read(bytes.data() + used, bytes.size() - used);
    if (count == 0) break;
    used += count;
    if (used > limit) {
      throw Error(ErrorCode::corrupted, "read", std::string(what),
                  "it is larger than the " + std::to_string(limit) + " bytes that are allowed here");
    }
  }
  bytes.resize(used);
  return bytes;
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const FileDescriptor file = open_file(path, O_RDONLY);
  struct stat info{};
  if (::fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) throw system_error_for("read", path, EISDIR);
  DescriptorReader reader(file.get(), path);
  return read_all(reader, limit, path.string());
}

}  // namespace wheelyard
