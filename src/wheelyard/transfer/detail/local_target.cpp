#include "wheelyard/transfer/detail/local_target.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/walk.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::size_t longest_part = 255;
constexpr std::size_t longest_path = 4095;
constexpr int open_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

/// Why no file below a folder can be called so; "" where one can.
std::string fault_of(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > longest_path) return "it is longer than 4,095 bytes";
  if (name.find('\0') != std::string_view::npos) return "it holds a NUL";
  if (name.starts_with('/')) return "it begins with '/', and nothing is written outside the target";
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty()) return "files have no names with empty parts: 'a//b' would be the same file as 'a/b'";
    if (part == "." || part == "..")
      return "it holds '" + std::string(part) + "', and nothing is written outside the target";
    if (part.size() > longest_part) return "a part of it is longer than 255 bytes";
    if (is_own_file(part)) return "names that begin so are kept for downloads under way";
    begin = end + 1;
  }
  return {};
}

[[noreturn]] void refuse_part(int parent, const std::string& part, int number, const std::string& path) {
  struct stat status{};
  if (number == ENOTDIR || number == ELOOP) {
    const bool known = ::fstatat(parent, part.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (known && S_ISLNK(status.st_mode)) {
      throw Error(ErrorCode::permission_denied, "write", path,
                  "'" + part + "' on the way there is a symbolic link, and nothing is written through one",
                  "make it a real folder, or give the folder that it leads to as the target");
    }
    throw Error(ErrorCode::invalid_argument, "write", path,
                "'" + part + "' on the way there is a file, and not a folder", "move the file away");
  }
  throw write_error(path, number);
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

FileDescriptor enter(int parent, const std::string& part, const std::string& path) {
  FileDescriptor next(::openat(parent, part.c_str(), open_flags | O_NOFOLLOW));
  if (!next && errno == ENOENT) {
    if (::mkdirat(parent, part.c_str(), 0777) != 0 && errno != EEXIST) throw write_error(path, errno);
    next = FileDescriptor(::openat(parent, part.c_str(), open_flags | O_NOFOLLOW));
  }
  if (!next) refuse_part(parent, part, errno, path);
  return next;
}

/// Takes away a file whose writer has died, or never was; false while it lives.
bool remove_abandoned(int folder, const std::string& name) {
  const FileDescriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno == ENOENT || (errno == EACCES && ::unlinkat(folder, name.c_str(), 0) == 0);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  // By now its writer may have given it its own name, and the hidden one may be another's.
  struct stat held{};
  struct stat named{};
  if (::fstat(file.get(), &held) != 0 || ::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
      held.st_ino != named.st_ino || held.st_dev != named.st_dev) {
    return false;
  }
  return ::unlinkat(folder, name.c_str(), 0) == 0;
}

}  // namespace

Error write_error(const std::string& path, int number) {
  if (number == EISDIR || number == ENOTEMPTY || number == EEXIST) {
    return Error(ErrorCode::invalid_argument, "write", path, "there is a folder of that name",
                 "two names that differ only in what follows a '/' cannot both be there: move one away");
  }
  return write_error_for(path, number);
}

void set_file_time(int file, std::int64_t modified, const std::string& path) {
  std::int64_t seconds = modified / 1'000'000'000;
  std::int64_t nanoseconds = modified % 1'000'000'000;
  if (nanoseconds < 0) {
    --seconds;
    nanoseconds += 1'000'000'000;
  }
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{seconds, nanoseconds}};
  if (::futimens(file, times.data()) != 0) throw write_error(path, errno);
}

void rename_into_place(int folder, const std::string& from, const std::string& to, const std::string& path,
                       bool create) {
  const int result = create ? ::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE)
                            : ::renameat(folder, from.c_str(), folder, to.c_str());
  if (result == 0) return;
  if (create && errno == EEXIST) throw Error(ErrorCode::already_exists, "write", path, "it is there already");
  throw write_error(path, errno);
}

LocalTarget::LocalTarget(const std::filesystem::path& root)
    : root_(root.empty() ? "." : root.string()), id_(next_id()) {}

std::string LocalTarget::path_of(const std::string& name) const {
  return root_.ends_with('/') ? root_ + name : root_ + "/" + name;
}

int LocalTarget::root_folder() const {
  const std::lock_guard lock(mutex_);
  if (root_folder_) return root_folder_.get();
  FileDescriptor folder(::open(root_.c_str(), open_flags));
  if (!folder && errno == ENOENT) {
    std::error_code failure;
    std::filesystem::create_directories(root_, failure);
    if (failure) throw system_error_for("create the folder", root_, failure.value());
    folder = FileDescriptor(::open(root_.c_str(), open_flags));
  }
  if (!folder) throw write_error(root_, errno);
  root_folder_ = std::move(folder);
  return root_folder_.get();
}

int LocalTarget::folder_of(const std::string& name, Worker& worker) const {
  const std::string_view wanted = std::string_view(name).substr(0, name_begin(name));
  if (std::string fault = fault_of(name); !fault.empty()) {
    throw Error(ErrorCode::invalid_argument, "write", path_of(name), "no file can be called so: " + fault,
                "copy this object alone, to a name that a file can have");
  }
  if (worker.folder_owner == id_ && worker.folder && worker.folder_path == wanted) return worker.folder.get();
  worker.folder_owner = 0;
  const int root = root_folder();
  if (wanted.empty()) return root;
  FileDescriptor folder;
  for (std::size_t begin = 0; begin < wanted.size();) {
    const std::size_t end = wanted.find('/', begin);
    folder =
        enter(folder ? folder.get() : root, std::string(wanted.substr(begin, end - begin)), path_of(name));
    begin = end + 1;
  }
  worker.folder = std::move(folder);
  worker.folder_path = wanted;
  worker.folder_owner = id_;
  return worker.folder.get();
}

void LocalTarget::make_folder(const std::string& name, Worker& worker) const {
  // As the folder of a file that is not made.
  folder_of(name + "x", worker);
}

std::optional<struct stat> LocalTarget::find(const std::string& name) const {
  struct stat status{};
  if (::fstatat(AT_FDCWD, path_of(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error_for("look at", path_of(name), errno);
}

void LocalTarget::remove(const std::string& name, Worker& worker) const {
  const int folder = folder_of(name, worker);
  if (::unlinkat(folder, name.c_str() + name_begin(name), 0) == 0 || errno == ENOENT) return;
  throw system_error_for("remove", path_of(name), errno);
}

GatheringSink::GatheringSink(ByteSink& inner, MemorySource& buffer, std::uint64_t announced) : inner_(inner) {
  if (announced == 0 || announced > most) return;
  room_ = static_cast<std::size_t>(announced);
  buffer_ = buffer.reserve(room_);
}

void GatheringSink::write(std::string_view bytes) {
  // More than was announced is not held back: whoever counts has to see it.
  // What comes in one piece needs no copy.
  const bool whole = used_ == 0 && bytes.size() == room_;
  if (whole || bytes.size() > room_ - used_) {
    flush();
    inner_.write(bytes);
    return;
  }
  bytes.copy(buffer_ + used_, bytes.size());
  used_ += bytes.size();
  if (used_ == room_) flush();
}

void GatheringSink::flush() {
  if (used_ > 0) inner_.write({buffer_, used_});
  used_ = 0;
}

NewFile::NewFile(int folder, std::string path) : folder_(folder), path_(std::move(path)) {
  file_ = FileDescriptor(::openat(folder_, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (!file_) open_named();
}

NewFile::~NewFile() {
  if (!hidden_name_.empty()) ::unlinkat(folder_, hidden_name_.c_str(), 0);
}

void NewFile::open_named() {
  // EISDIR: a kernel that does not know the flag.
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) throw write_error(path_, errno);
  std::string name = std::string(partial_prefix) + to_hex(random_bytes(12));
  file_ = FileDescriptor(::openat(folder_, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file_) throw write_error(path_, errno);
  hidden_name_ = std::move(name);
}

void NewFile::write(std::string_view bytes) {
  write_all(file_.get(), bytes, path_);
  size_ += bytes.size();
}

void NewFile::set_times(std::int64_t modified) const {
  set_file_time(file_.get(), modified, path_);
}

void NewFile::publish(const std::string& name, bool create) {
  if (!hidden_name_.empty()) {
    rename_into_place(folder_, hidden_name_, name, path_, create);
    hidden_name_.clear();
    return;
  }
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  if (::linkat(AT_FDCWD, self.c_str(), folder_, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
  if (errno != EEXIST) throw write_error(path_, errno);
  if (create) throw Error(ErrorCode::already_exists, "write", path_, "it is there already");
  // No random name: what a process that died between the two steps has left is in the way of the next that
  // writes this file, and is removed. Whoever is between them holds a lock: a file that lost its only name
  // can be given no other.
  ::flock(file_.get(), LOCK_EX);
  const std::string hidden = std::string(partial_prefix) + sha256_hex(name).substr(0, 20) + "-new";
  constexpr int attempts = 1000;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (::linkat(AT_FDCWD, self.c_str(), folder_, hidden.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      if (::renameat(folder_, hidden.c_str(), folder_, name.c_str()) == 0) return;
      const int reason = errno;
      ::unlinkat(folder_, hidden.c_str(), 0);
      throw write_error(path_, reason);
    }
    if (errno != EEXIST) throw write_error(path_, errno);
    if (!remove_abandoned(folder_, hidden)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw Error(ErrorCode::unavailable, "write", path_, "other processes write it all the time");
}

}  // namespace wheelyard::transfer
