#include "wheelyard/transfer/detail/local_copy.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/transfer/detail/counting_sink.hpp"

namespace wheelyard::transfer {
namespace {

/// The kernel copies this much at a time; in between it is looked whether the transfer is still wanted.
constexpr std::size_t kernel_piece = 16u << 20;

/// Without a byte passing through here, where the file systems can. False where they cannot.
bool copy_in_kernel(Context& context, const OpenFile& from, const NewFile& to) {
  std::uint64_t done = 0;
  while (done < from.size()) {
    const ssize_t count =
        ::copy_file_range(from.file.get(), nullptr, to.descriptor(), nullptr, kernel_piece, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && done == 0 && errno != ENOSPC && errno != EDQUOT && errno != EIO) return false;
    if (count < 0) throw system_error_for("write", to.path(), errno);
    if (count == 0) {
      if (done == 0) return false;
      throw changed_while_read(from.path);
    }
    done += static_cast<std::uint64_t>(count);
    context.pass(static_cast<std::uint64_t>(count));
  }
  return true;
}

}  // namespace

Result LocalCopy::transfer(Item& item, Worker& worker) {
  const std::string& name = file_name(item);
  const int folder = target_->folder_of(name, worker);
  const auto file = std::make_shared<const OpenFile>(source_->open(item, options().follow_symlinks));
  item.size = file->size();
  item.modified = file_time(file->status);
  struct stat there{};
  const std::string leaf = name.substr(name_begin(name));
  if (::fstatat(folder, leaf.c_str(), &there, 0) == 0) {
    if (there.st_ino == file->status.st_ino && there.st_dev == file->status.st_dev) {
      throw Error(ErrorCode::invalid_argument, "copy", file->path, "source and target are the same file");
    }
    if (options().if_absent) return Result::skipped("the target is there");
  }
  NewFile copy(folder, target_->path_of(name));
  if (!copy_in_kernel(context_, *file, copy)) {
    FileSlice(context_, file, 0, item.size).open()->copy_to(copy);
  }
  file->check_unchanged();
  copy.set_times(item.modified);
  if (options().preserve && ::fchmod(copy.descriptor(), file->status.st_mode & 0777) != 0) {
    throw system_error_for("write", copy.path(), errno);
  }
  try {
    copy.publish(leaf, options().if_absent);
  } catch (const Error& error) {
    if (!options().if_absent || error.code() != ErrorCode::already_exists) throw;
    return Result::skipped("the target is there");
  }
  return Result::done(item.size);
}

void LocalCopy::remove_source(const Item& item) {
  source_->remove(item);
}

std::string LocalCopy::skip_reason(const Item& item) {
  if (!options().if_absent) return {};
  return target_->find(file_name(item)) ? "the target is there" : "";
}

}  // namespace wheelyard::transfer
