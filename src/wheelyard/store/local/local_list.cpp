#include "wheelyard/store/local/local_list.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/local/folder.hpp"

namespace wheelyard::store::local {
namespace {

/// A folder whose entries are being gone through.
struct Level {
  FileDescriptor folder;
  struct stat status{};
  std::string path;  ///< "" or "a/b/"
  std::vector<std::string> names;
  std::size_t next = 0;
};

bool gone(int number) {
  return number == ENOENT || number == ENOTDIR || number == ELOOP;
}

/// Name of a directory entry, with "/" for folders; empty for what is no object, or is gone.
std::string entry_name(int folder, const dirent& entry) {
  std::string name = entry.d_name;
  if (name == "." || name == "..") return {};
  unsigned char type = entry.d_type;
  if (type == DT_UNKNOWN || type == DT_LNK) {
    struct stat status{};
    if (::fstatat(folder, name.c_str(), &status, 0) != 0) return {};
    type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_UNKNOWN;
  }
  if (type == DT_DIR) return name + '/';
  return type == DT_REG ? name : std::string();
}

class LocalLister : public Lister {
 public:
  LocalLister(std::string root, ListOptions options)
      : root_(std::move(root)), options_(std::move(options)), after_(options_.start_after) {
    std::size_t slash = options_.prefix.rfind('/');
    std::string start = slash == std::string::npos ? "" : options_.prefix.substr(0, slash);
    if (start.empty() ? slash == std::string::npos : is_valid_key(start)) start_ = start;
  }

  std::optional<ListPage> next() override {
    if (!begun_) {
      begun_ = true;
      if (start_) enter_start();
    }
    ListPage page;
    while (page.objects.size() + page.prefixes.size() < std::max(options_.page_size, 1u)) {
      if (!step(page)) break;
    }
    bool empty = page.objects.empty() && page.prefixes.empty();
    return empty ? std::nullopt : std::optional(std::move(page));
  }

 private:
  void enter_start() {
    std::string path = start_->empty() ? root_ : root_ + "/" + *start_;
    FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
      const int number = errno;
      if (number == ENOTDIR) check_root(root_, "list");
      if (gone(number)) return;
      throw system_error(number, "list", path);
    }
    enter(std::move(folder), start_->empty() ? "" : *start_ + "/");
  }

  void enter(FileDescriptor folder, std::string path) {
    Level level{.folder = std::move(folder), .path = std::move(path)};
    if (::fstat(level.folder.get(), &level.status) != 0) throw system_error(errno, "list", place(level.path));
    if (std::ranges::any_of(levels_, [&](const Level& above) {
          return above.status.st_ino == level.status.st_ino && above.status.st_dev == level.status.st_dev;
        })) {
      return;
    }
    read_names(level);
    levels_.push_back(std::move(level));
  }

  void read_names(Level& level) {
    int copy = ::fcntl(level.folder.get(), F_DUPFD_CLOEXEC, 0);
    std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
    if (!stream) throw system_error(errno, "list", place(level.path));
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      std::string name = entry_name(level.folder.get(), *entry);
      if (!name.empty() && wanted(level.path + name)) level.names.push_back(std::move(name));
      errno = 0;
    }
    if (errno != 0) throw system_error(errno, "list", place(level.path));
    std::ranges::sort(level.names);
  }

  /// Whether a file of this key, or anything in a folder of this path ("…/"), can belong to the listing.
  bool wanted(const std::string& path) const {
    if (path.starts_with(staging_prefix)) return false;
    bool folder = path.back() == '/';
    bool fits = path.starts_with(options_.prefix) || (folder && options_.prefix.starts_with(path));
    bool behind = path > after_ || (folder && after_.starts_with(path));
    return fits && behind;
  }

  /// Takes the next entry. False at the end.
  bool step(ListPage& page) {
    while (!levels_.empty() && levels_.back().next == levels_.back().names.size()) levels_.pop_back();
    if (levels_.empty()) return false;
    Level& level = levels_.back();
    const std::string& name = level.names[level.next++];
    std::string path = level.path + name;
    if (!rolled_up_.empty() && path.starts_with(rolled_up_)) return true;
    if (path.back() == '/') {
      step_folder(level, name, std::move(path), page);
    } else {
      step_file(level, name, std::move(path), page);
    }
    return true;
  }

  void step_file(const Level& level, const std::string& name, std::string key, ListPage& page) {
    struct stat status{};
    if (::fstatat(level.folder.get(), name.c_str(), &status, 0) != 0) {
      if (gone(errno)) return;
      throw system_error(errno, "list", place(key));
    }
    if (!S_ISREG(status.st_mode)) return;
    std::size_t cut =
        options_.delimiter.empty() ? std::string::npos : key.find(options_.delimiter, options_.prefix.size());
    if (cut == std::string::npos) {
      page.objects.push_back(info_of(std::move(key), status));
    } else {
      roll_up(key.substr(0, cut + options_.delimiter.size()), page);
    }
  }

  void step_folder(const Level& level, const std::string& name, std::string path, ListPage& page) {
    FileDescriptor folder(::openat(level.folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
      if (gone(errno)) return;
      throw system_error(errno, "list", place(path));
    }
    // With "/" a folder is a common prefix: it need not be gone through, only hold something.
    bool rolls_up = options_.delimiter == "/" && path.find('/', options_.prefix.size()) == path.size() - 1;
    if (rolls_up && !after_.starts_with(path)) {
      if (holds_object(folder.get(), path, 0)) roll_up(std::move(path), page);
      return;
    }
    enter(std::move(folder), std::move(path));
  }

  bool holds_object(int folder, const std::string& path, int depth) const {
    constexpr int deepest = 64;  // symbolic links may lead in circles
    if (depth > deepest) return false;
    int copy = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
    std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
    if (!stream) throw system_error(errno, "list", place(path));
    std::vector<std::string> folders;
    while (const dirent* entry = ::readdir(stream.get())) {
      std::string name = entry_name(folder, *entry);
      if (name.empty()) continue;
      if (name.back() != '/') return true;
      folders.push_back(std::move(name));
    }
    return std::ranges::any_of(folders, [&](const std::string& name) {
      FileDescriptor below(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!below && !gone(errno)) throw system_error(errno, "list", place(path + name));
      return below && holds_object(below.get(), path + name, depth + 1);
    });
  }

  void roll_up(std::string prefix, ListPage& page) {
    rolled_up_ = prefix;
    page.prefixes.push_back(std::move(prefix));
  }

  std::string place(const std::string& path) const { return root_ + "/" + path; }

  const std::string root_;
  const ListOptions options_;
  const std::string after_;
  std::optional<std::string> start_;  ///< the deepest folder that the prefix names; none: nothing can match
  bool begun_ = false;
  std::vector<Level> levels_;
  std::string rolled_up_;  ///< the last common prefix that was given out
};

}  // namespace

std::unique_ptr<Lister> list_folder(std::string root, ListOptions options) {
  return std::make_unique<LocalLister>(std::move(root), std::move(options));
}

}  // namespace wheelyard::store::local
