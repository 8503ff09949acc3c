#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/transfer/detail/engine.hpp"

namespace wheelyard::transfer {

/// A folder that files are written below. Nothing is ever written outside it: names with "..", absolute ones
/// and symbolic links on the way are refused. Thread-safe; folders are made when the first file goes there.
class LocalTarget {
 public:
  /// Neither looked at nor made before it is needed.
  explicit LocalTarget(const std::filesystem::path& root);

  /// The folder of a file, open; kept by the worker for the next file. Throws `invalid_argument` for a name
  /// that no file below the root can have.
  int folder_of(const std::string& name, Worker& worker) const;
  /// Makes the folder `name` ("a/b/").
  void make_folder(const std::string& name, Worker& worker) const;
  /// What is there, links not followed; none where there is nothing.
  std::optional<struct stat> find(const std::string& name) const;
  /// Removes a file. Nothing there is no error.
  void remove(const std::string& name, Worker& worker) const;
  std::string path_of(const std::string& name) const;
  const std::string& root() const { return root_; }

 private:
  /// Opened, and made where it is missing, once.
  int root_folder() const;

  const std::string root_;
  mutable std::mutex mutex_;
  mutable FileDescriptor root_folder_;
  const std::uint64_t id_;  ///< no other has had it
};

/// What a failed write says. Never `not_found`, which is said of sources.
Error write_error(const std::string& path, int number);
/// Nanoseconds since 1970.
void set_file_time(int file, std::int64_t modified, const std::string& path);
/// With `create`, `already_exists` where `to` is taken; else what is there is replaced.
void rename_into_place(int folder, const std::string& from, const std::string& to, const std::string& path,
                       bool create);

/// "a/b.txt": where its last part begins.
inline std::size_t name_begin(const std::string& name) {
  return name.rfind('/') + 1;
}

/// Puts small pieces together to one write.
class GatheringSink : public ByteSink {
 public:
  /// What is announced to be larger than this passes through as it comes.
  static constexpr std::uint64_t most = 128 * 1024;

  GatheringSink(ByteSink& inner, MemorySource& buffer, std::uint64_t announced);
  void write(std::string_view bytes) override;
  void flush();

 private:
  ByteSink& inner_;
  char* buffer_ = nullptr;
  std::size_t room_ = 0;
  std::size_t used_ = 0;
};

/// A file on its way to a name: it has none until it is complete, so that nothing is left of it when the
/// program dies.
class NewFile : public ByteSink {
 public:
  /// In an open folder, which has to stay so. `path` is for messages.
  NewFile(int folder, std::string path);
  ~NewFile() override;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int descriptor() const { return file_.get(); }
  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  void write(std::string_view bytes) override;
  void set_times(std::int64_t modified) const;
  /// Gives it its name. With `create`, `already_exists` where the name is taken; else what is there, a link
  /// too, is replaced.
  void publish(const std::string& name, bool create);

 private:
  void open_named();

  const int folder_;
  const std::string path_;
  FileDescriptor file_;
  std::string hidden_name_;  ///< where the file system knows no files without a name
  std::uint64_t size_ = 0;
};

}  // namespace wheelyard::transfer
