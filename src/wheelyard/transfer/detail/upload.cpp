#include "wheelyard/transfer/detail/upload.hpp"

#include <cerrno>

#include <unistd.h>

#include "wheelyard/transfer/detail/attributes.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/preserved.hpp"
#include "wheelyard/transfer/detail/upload_pieces.hpp"

namespace wheelyard::transfer {
namespace {

/// Up to this size a file is read at once, and goes out in one packet with its request's head.
constexpr std::uint64_t small_file = 128 * 1024;

}  // namespace

store::PutOptions Upload::options_for(const Item& item, const OpenFile& file) const {
  store::PutOptions put = put_options(options(), item.name.empty() ? file.path : item.name);
  if (options().preserve) add_preserved(put.metadata, file.status);
  return put;
}

Result Upload::transfer(Item& item, Worker& worker) {
  OpenFile file = source_->open(item, options().follow_symlinks);
  const std::string key = base_ + item.name;
  if (file.size() != item.size) context_.reporter.add_known_bytes(file.size() - item.size);
  item.size = file.size();
  item.modified = file_time(file.status);
  try {
    return item.size <= small_file ? put_small(item, file, key, worker)
                                   : put_large(item, std::move(file), key);
  } catch (const Error& error) {
    if (options().if_absent && error.code() == ErrorCode::already_exists) {
      return Result::skipped("the target is there");
    }
    throw;
  }
}

Result Upload::put_small(const Item& item, OpenFile& file, const std::string& key, Worker& worker) {
  MemorySource& bytes = MemorySource::reuse(worker.bytes);
  const auto size = static_cast<std::size_t>(item.size);
  char* buffer = bytes.reserve(size);
  std::size_t count = 0;
  while (count < size) {
    const ssize_t some = ::read(file.file.get(), buffer + count, size - count);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) throw system_error_for("read", file.path, errno);
    if (some == 0) throw changed_while_read(file.path);
    count += static_cast<std::size_t>(some);
  }
  file.check_unchanged();
  bytes.set_size(size);
  store::PutResult put = store_->put(key, worker.bytes, options_for(item, file));
  context_.pass(size);
  return Result::done(size, std::move(put.etag));
}

Result Upload::put_large(const Item& item, OpenFile file, const std::string& key) {
  const store::PutOptions put_options = options_for(item, file);
  const auto shared = std::make_shared<const OpenFile>(std::move(file));
  const auto limits = store_->part_limits();
  const auto plan = limits ? plan_upload(item.size, options().part_size, *limits) : std::nullopt;
  if (plan) {
    // The condition is held to at the end; what it would refuse need not be sent.
    if (std::string reason = skip_reason(item); !reason.empty()) return Result::skipped(std::move(reason));
    context_.engine.share(
        UploadPieces::begin(context_, shared_from_this(), item, *plan,
                            {.store = store_, .key = key, .put = put_options, .file = shared}));
    return Result::shared();
  }
  const auto body = std::make_shared<const FileSlice>(context_, shared, 0, item.size);
  store::PutResult put = store_->put(key, body, put_options);
  return Result::done(item.size, std::move(put.etag));
}

void Upload::remove_source(const Item& item) {
  source_->remove(item);
}

std::string Upload::skip_reason(const Item& item) {
  if (!options().if_absent) return {};
  return store::find_info(*store_, base_ + item.name) ? "the target is there" : "";
}

}  // namespace wheelyard::transfer
