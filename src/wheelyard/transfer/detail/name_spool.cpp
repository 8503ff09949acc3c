#include "wheelyard/transfer/detail/name_spool.hpp"

#include <array>
#include <cerrno>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::transfer {
namespace {

using Head = std::array<std::uint64_t, 2>;  ///< length of the name, size

[[noreturn]] void fail() {
  const int number = errno == 0 ? EIO : errno;
  throw system_error_for("keep names in", std::filesystem::temp_directory_path(), number);
}

}  // namespace

void NameSpool::add(std::string_view name, std::uint64_t size) {
  errno = 0;
  if (!file_) file_.reset(std::tmpfile());
  if (!file_) fail();
  const Head head{name.size(), size};
  if (std::fwrite(head.data(), sizeof head, 1, file_.get()) != 1 ||
      std::fwrite(name.data(), 1, name.size(), file_.get()) != name.size()) {
    fail();
  }
}

void NameSpool::rewind() {
  errno = 0;
  if (file_ && (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0)) fail();
}

std::optional<NameSpool::Entry> NameSpool::next() {
  if (!file_) return std::nullopt;
  errno = 0;
  Head head{};
  if (std::fread(head.data(), sizeof head, 1, file_.get()) != 1) {
    if (std::ferror(file_.get()) != 0) fail();
    return std::nullopt;
  }
  Entry entry{.name = std::string(head[0], '\0'), .size = head[1]};
  if (std::fread(entry.name.data(), 1, entry.name.size(), file_.get()) != entry.name.size()) fail();
  return entry;
}

}  // namespace wheelyard::transfer
