#include "wheelyard/package/archive/block_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace wheelyard::package {

ArchiveFile::ArchiveFile(const std::filesystem::path& path, Fault fault)
    // Without O_NONBLOCK the opening of a FIFO in a file's place would wait for a writer.
    : path_(path), fault_(std::move(fault)), descriptor_(open_file(path, O_RDONLY | O_NONBLOCK)) {
  struct stat status{};
  if (::fstat(descriptor_.get(), &status) != 0) throw system_error_for("read", path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::invalid_argument, "read", path.string(), "it is not a regular file",
                "give the path of a wheel or an sdist");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void ArchiveFile::read_at(std::uint64_t offset, char* buffer, std::size_t bytes) const {
  while (bytes > 0) {
    const std::size_t got = wheelyard::read_at(descriptor_.get(), offset, buffer, bytes, path_);
    if (got == 0) fault_("it became shorter while it was read", "let nothing write to it and try again");
    buffer += got;
    offset += got;
    bytes -= got;
  }
}

std::string ArchiveFile::read_at(std::uint64_t offset, std::size_t bytes) const {
  std::string result(bytes, '\0');
  read_at(offset, result.data(), bytes);
  return result;
}

void BlockReader::fill(std::size_t wanted) {
  if (buffer_.empty())
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(capacity, file_.size())));
  const std::size_t held = end_ - begin_;
  if (held >= wanted || next_ == file_.size()) return;
  if (held > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, held);
  begin_ = 0;
  const std::uint64_t room = std::min<std::uint64_t>(buffer_.size() - held, file_.size() - next_);
  file_.read_at(next_, buffer_.data() + held, static_cast<std::size_t>(room));
  if (digest_ != nullptr) digest_->update({buffer_.data() + held, static_cast<std::size_t>(room)});
  next_ += room;
  end_ = held + static_cast<std::size_t>(room);
}

std::string_view BlockReader::peek(std::size_t bytes) {
  fill(bytes);
  return {buffer_.data() + begin_, std::min(bytes, end_ - begin_)};
}

std::string_view BlockReader::peek_some(std::uint64_t most) {
  if (begin_ == end_) fill(1);
  return {buffer_.data() + begin_, static_cast<std::size_t>(std::min<std::uint64_t>(most, end_ - begin_))};
}

}  // namespace wheelyard::package
