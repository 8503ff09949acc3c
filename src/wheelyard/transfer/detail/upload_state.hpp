#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "wheelyard/base/file_descriptor.hpp"

namespace wheelyard::transfer {

/// What an upload in parts has to know to go on in another run: a small file of this user alone in
/// ${XDG_STATE_HOME:-~/.local/state}/wheelyard/transfers, without anything secret. It is locked while it is
/// in use, so that two processes never share an upload.
class UploadState {
 public:
  /// Of one file to one place. None where another process has it, or where there is no place for it.
  static std::optional<UploadState> open(const std::string& source, const std::string& target);

  /// What an earlier run has left.
  struct Record {
    std::string upload_id;
    std::string identity;  ///< of the file and of how it was sent
    std::uint64_t part_size = 0;
  };
  std::optional<Record> read() const;
  /// What cannot be written is not kept: the upload itself does not depend on it.
  void write(const Record& record) const noexcept;
  void remove() const noexcept;

 private:
  UploadState(std::filesystem::path path, FileDescriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// Removes state that nobody has touched for a week; once in the life of a process.
void sweep_upload_states() noexcept;

}  // namespace wheelyard::transfer
