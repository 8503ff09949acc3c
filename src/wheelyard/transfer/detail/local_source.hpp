#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/detail/context.hpp"
#include "wheelyard/transfer/detail/walk.hpp"

namespace wheelyard::transfer {

/// A file that is being read, and what it was like when it was opened.
struct OpenFile {
  FileDescriptor file;
  struct stat status{};
  std::string path;  ///< for messages

  std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }
  /// Throws `corrupted` where it has been written to since.
  void check_unchanged() const;
};

/// `corrupted`.
Error changed_while_read(const std::string& path);

/// The files of a source: those below a folder, or a single one.
class LocalSource {
 public:
  /// Throws `not_found` where there is none, `invalid_argument` where it is no folder.
  static std::shared_ptr<LocalSource> tree(const std::filesystem::path& folder);
  static std::shared_ptr<LocalSource> single(const std::filesystem::path& file);

  std::unique_ptr<Listing> list(Links links, const Filter& filter) const;
  /// The one of `single`. Throws where it is no file.
  Item item(bool follow_symlinks) const;
  /// Throws where a single one is not there, or is a folder.
  void check_removable() const;
  OpenFile open(const Item& item, bool follow_symlinks) const;
  std::string path_of(const Item& item) const;
  /// Removes the file, unless its size or time is not the item's any more.
  void remove(const Item& item) const;
  /// Its folder, open; AT_FDCWD for a single file.
  int folder() const;
  const std::string& path() const { return path_; }

 private:
  LocalSource(FileDescriptor folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}
  /// Below `folder()`.
  const char* relative(const Item& item) const { return folder_ ? item.name.c_str() : path_.c_str(); }

  FileDescriptor folder_;
  const std::string path_;
};

/// A part of an open file as a body: read where it lies each time, and none of it kept.
class FileSlice : public Source {
 public:
  FileSlice(Context& context, std::shared_ptr<const OpenFile> file, std::uint64_t offset, std::uint64_t size)
      : context_(context), file_(std::move(file)), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> open() const override;

 private:
  Context& context_;
  const std::shared_ptr<const OpenFile> file_;
  const std::uint64_t offset_;
  const std::uint64_t size_;
  /// What earlier readers have counted: they were not the last word.
  mutable std::atomic<std::uint64_t> counted_{0};
};

}  // namespace wheelyard::transfer
