#include "wheelyard/store/local/local_store.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/local/folder.hpp"
#include "wheelyard/store/local/local_list.hpp"
#include "wheelyard/store/local/staging.hpp"

namespace wheelyard::store {
namespace {

using namespace local;

/// Somebody may prune the folder between its opening and the rename into it; nobody does so this often for
/// long.
constexpr int publish_attempts = 10'000;

class FileReader : public Reader {
 public:
  FileReader(FileDescriptor file, ResolvedRange range, std::string target)
      : file_(std::move(file)), position_(range.offset), left_(range.length), target_(std::move(target)) {}

  std::size_t read(char* buffer, std::size_t capacity) override {
    std::size_t wanted = std::min<std::uint64_t>(capacity, left_);
    if (wanted == 0) return 0;
    const std::size_t count = read_at(file_.get(), position_, buffer, wanted, target_);
    if (count == 0) {
      throw Error(ErrorCode::corrupted, "read", target_, "it became shorter while it was read",
                  "something else than this program writes into it");
    }
    position_ += count;
    left_ -= count;
    return count;
  }

 private:
  FileDescriptor file_;
  std::uint64_t position_;
  std::uint64_t left_;
  std::string target_;
};

/// The status of the object in an open folder; none where there is no such file.
std::optional<struct stat> status_in(const Folder& folder, const std::string& name,
                                     const std::string& target) {
  struct stat status{};
  if (::fstatat(folder.fd(), name.c_str(), &status, 0) == 0) return status;
  if (errno == ENOENT) return std::nullopt;
  throw system_error(errno, "look at", target);
}

class LocalStore : public ObjectStore {
 public:
  explicit LocalStore(const std::filesystem::path& root) : root_(std::filesystem::absolute(root).string()) {
    while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
  }

  PutResult put(const std::string& key, const SourcePtr& body, const PutOptions& options) override {
    std::string target = describe(key);
    KeyPath path = KeyPath::parse(key, target);
    refuse_vendor_headers(options.vendor, "write", target);
    sweep_once();
    if (options.mode.kind == PutMode::Kind::create) refuse_taken(path, target);
    StagedFile file(root_, body, target);
    return publish(file, path, options.mode, target);
  }

  GetResult get(const std::string& key, const GetOptions& options) override {
    std::string target = describe(key);
    refuse_vendor_headers(options.vendor, "read", target);
    struct stat status{};
    FileDescriptor file = open_object(key, target, status);
    ObjectInfo info = info_of(key, status);
    check_conditions(options, info.etag, target);
    ResolvedRange range = resolve_range(options.range, info.size, target);
    return {.info = std::move(info),
            .offset = range.offset,
            .length = range.length,
            .body = std::make_unique<FileReader>(std::move(file), range, target)};
  }

  ObjectInfo head(const std::string& key, const VendorHeaders& vendor) override {
    std::string target = describe(key);
    refuse_vendor_headers(vendor, "look at", target);
    KeyPath::parse(key, target);
    struct stat status{};
    if (::stat(target.c_str(), &status) != 0) throw missing_or(errno, "look at", target);
    if (!S_ISREG(status.st_mode)) throw absent_error("look at", target);
    return info_of(key, status);
  }

  std::unique_ptr<Lister> list(const ListOptions& options) override {
    refuse_vendor_headers(options.vendor, "list", describe(options.prefix));
    return list_folder(root_, options);
  }

  void remove(const std::string& key) override { remove_many(std::span(&key, 1)); }

  std::vector<FailedRemoval> remove_each(std::span<const std::string> keys) override {
    sweep_once();
    std::map<std::vector<std::string>, std::vector<const std::string*>> folders;
    for (const std::string& key : keys) folders[KeyPath::parse(key, describe(key)).folders].push_back(&key);
    std::vector<FailedRemoval> failed;
    for (const auto& [parts, members] : folders) {
      try {
        remove_from(parts, members, failed);
      } catch (const Error& error) {
        for (const std::string* key : members) failed.push_back({.key = *key, .error = error});
      }
    }
    return failed;
  }

  PutResult copy(const std::string& from, const std::string& to, const CopyOptions& options) override {
    std::string target = describe(to);
    KeyPath path = KeyPath::parse(to, target);
    auto* other = options.source ? dynamic_cast<LocalStore*>(options.source.get()) : this;
    if (other == nullptr) throw foreign_source_error(*this, *options.source);
    refuse_vendor_headers(options.vendor, "copy", other->describe(from));
    check_replacement(options, target);
    GetResult source = other->get(from, {.if_match = options.if_match});
    sweep_once();
    StagedFile file(root_, *source.body, target);
    return publish(file, path, PutMode::overwrite(), target);
  }

  bool keeps_metadata() const override { return false; }

  bool copies_from(const ObjectStore& source) const override {
    return dynamic_cast<const LocalStore*>(&source) != nullptr;
  }

  void sweep() override { sweep_staging(root_); }

  std::string describe(std::string_view key) const override {
    return (root_ == "/" ? root_ : root_ + "/") + std::string(key);
  }

 private:
  /// Clears away what died with its writer, once in the life of a store.
  void sweep_once() {
    std::call_once(swept_, [this] { sweep_staging(root_); });
  }

  Error missing_or(int number, const char* doing, const std::string& target) const {
    if (number == ENOTDIR) check_root(root_, doing);
    bool missing = number == ENOENT || number == ENOTDIR;
    return missing ? absent_error(doing, target) : system_error(number, doing, target);
  }

  FileDescriptor open_object(const std::string& key, const std::string& target, struct stat& status) const {
    KeyPath::parse(key, target);
    // Without blocking: what is no file, as a pipe, must not hold us.
    FileDescriptor file(::open(target.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) throw missing_or(errno, "read", target);
    if (::fstat(file.get(), &status) != 0) throw system_error(errno, "read", target);
    if (!S_ISREG(status.st_mode)) throw absent_error("read", target);
    return file;
  }

  /// Spares the writing of a body that cannot be published; the publishing itself decides.
  void refuse_taken(const KeyPath& path, const std::string& target) const {
    Folder folder = Folder::open(root_, path, Folder::Missing::report, target);
    if (!folder) return;
    auto status = status_in(folder, path.name, target);
    if (status && !S_ISDIR(status->st_mode)) throw taken_error(target);
  }

  PutResult publish(StagedFile& file, const KeyPath& path, const PutMode& mode,
                    const std::string& target) const {
    auto missing = mode.kind == PutMode::Kind::update ? Folder::Missing::report : Folder::Missing::create;
    for (int attempt = 0; attempt < publish_attempts; ++attempt) {
      Folder folder = Folder::open(root_, path, missing, target);
      if (!folder) throw changed_error("replace", target);
      std::optional<std::string> etag = mode.kind == PutMode::Kind::create
                                            ? publish_new(file, folder, path.name, target)
                                            : publish_over(file, folder, path.name, mode, target);
      if (!etag) continue;
      file.published();
      sync_folder(folder.fd(), target);
      return {.etag = *etag};
    }
    throw Error(ErrorCode::unavailable, "write", target, "its folder is removed as soon as it is made");
  }

  /// None: the folder was pruned in the meantime.
  static std::optional<std::string> publish_new(StagedFile& file, const Folder& folder,
                                                const std::string& name, const std::string& target) {
    std::string etag = etag_of(file.stamp(nullptr));
    const char* from = file.name().c_str();
    if (::renameat2(file.folder(), from, folder.fd(), name.c_str(), RENAME_NOREPLACE) == 0) return etag;
    if (errno == EINVAL || errno == ENOSYS) {
      // A file system without it: a link is refused as well where the name is taken.
      if (::linkat(file.folder(), from, folder.fd(), name.c_str(), 0) == 0) {
        ::unlinkat(file.folder(), from, 0);
        return etag;
      }
    }
    if (errno == ENOENT) return std::nullopt;
    if (errno != EEXIST) throw publish_error(errno, target);
    if (!clear_empty_folder(folder, name, target)) throw taken_error(target);
    return std::nullopt;
  }

  static std::optional<std::string> publish_over(StagedFile& file, const Folder& folder,
                                                 const std::string& name, const PutMode& mode,
                                                 const std::string& target) {
    // Removals and replacements take the lock, and `create` cannot act where a file is: what is compared here
    // is what is replaced.
    FolderLock lock(folder.fd(), target);
    auto current = status_in(folder, name, target);
    if (current && S_ISDIR(current->st_mode)) {
      clear_empty_folder(folder, name, target);
      current.reset();
    }
    check_mode(mode, current ? std::optional(etag_of(*current)) : std::nullopt, target);
    std::string etag = etag_of(file.stamp(current ? &*current : nullptr));
    if (::renameat(file.folder(), file.name().c_str(), folder.fd(), name.c_str()) == 0) return etag;
    if (errno == ENOENT || errno == EISDIR) return std::nullopt;
    throw publish_error(errno, target);
  }

  /// An object may take the name of a folder that holds nothing. False where the name is no folder's.
  static bool clear_empty_folder(const Folder& folder, const std::string& name, const std::string& target) {
    if (::unlinkat(folder.fd(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    if (errno == ENOTDIR) return false;
    if (errno == ENOTEMPTY || errno == EEXIST) {
      throw Error(
          ErrorCode::unsupported, "write", target,
          "there is a folder of that name, and a folder cannot keep an object beside objects below it");
    }
    throw system_error(errno, "write", target);
  }

  static Error publish_error(int number, const std::string& target) {
    if (number != EXDEV) return system_error(number, "write", target);
    return Error(ErrorCode::unsupported, "write", target,
                 "its folder is on another file system than the root of the repository",
                 "give that folder as a repository of its own");
  }

  void remove_from(const std::vector<std::string>& parts, const std::vector<const std::string*>& keys,
                   std::vector<FailedRemoval>& failed) const {
    std::string target = describe(*keys.front());
    Folder folder;
    try {
      folder = Folder::open(root_, KeyPath{.folders = parts, .name = {}}, Folder::Missing::report, target);
    } catch (const Error& error) {
      // Below a file there are no objects to remove.
      if (error.code() == ErrorCode::unsupported) return;
      throw;
    }
    if (!folder) return;
    {
      FolderLock lock(folder.fd(), target);
      for (const std::string* key : keys) {
        std::string name = key->substr(key->rfind('/') + 1);
        if (::unlinkat(folder.fd(), name.c_str(), 0) == 0 || errno == ENOENT || errno == EISDIR) continue;
        failed.push_back({.key = *key, .error = system_error(errno, "remove", describe(*key))});
      }
    }
    sync_folder(folder.fd(), target);
    folder.prune();
  }

  std::string root_;
  std::once_flag swept_;
};

}  // namespace

std::shared_ptr<ObjectStore> make_local_store(const std::filesystem::path& root) {
  return std::make_shared<LocalStore>(root);
}

}  // namespace wheelyard::store
