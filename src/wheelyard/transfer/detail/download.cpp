#include "wheelyard/transfer/detail/download.hpp"

#include <cerrno>

#include <sys/stat.h>

#include "wheelyard/transfer/detail/counting_sink.hpp"
#include "wheelyard/transfer/detail/download_pieces.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/preserved.hpp"

namespace wheelyard::transfer {
namespace {

/// A body that broke off is read anew this many times in all.
constexpr int read_attempts = 3;

}  // namespace

Result Download::transfer(Item& item, Worker& worker) {
  const std::string& name = file_name(item);
  if (name.ends_with('/')) {
    if (item.size > 0) {
      throw Error(ErrorCode::invalid_argument, "write", target_->path_of(name),
                  "its name ends with '/', and no file can be called so",
                  "copy this object alone, to a name that a file can have");
    }
    target_->make_folder(name, worker);
    return Result::done(0);
  }
  try {
    if (!plan_download(item.size, options().part_size)) return get_whole(item, name, worker);
    if (std::string reason = skip_reason(item); !reason.empty()) return Result::skipped(std::move(reason));
    // The list tells neither checksums nor metadata.
    return get_in_ranges(item, name, store_->head(base_ + item.name, options().get_vendor), worker);
  } catch (const Error& error) {
    if (options().if_absent && error.code() == ErrorCode::already_exists) {
      return Result::skipped("the target is there");
    }
    throw;
  }
}

Result Download::get_whole(const Item& item, const std::string& name, Worker& worker) {
  const int folder = target_->folder_of(name, worker);
  if (std::string reason = skip_reason(item); !reason.empty()) return Result::skipped(std::move(reason));
  for (int attempt = 1;; ++attempt) {
    store::GetResult object =
        store_->get(base_ + item.name, {.if_match = options().if_match, .vendor = options().get_vendor});
    if (item.etag.empty() && plan_download(object.info.size, options().part_size)) {
      object.body.reset();
      return get_in_ranges(item, name, std::move(object.info), worker);
    }
    NewFile file(folder, target_->path_of(name));
    GatheringSink gathered(file, MemorySource::reuse(worker.bytes), object.info.size);
    CountingSink sink(context_, gathered);
    try {
      const std::uint64_t count = object.body->copy_to(sink);
      gathered.flush();
      if (count != object.info.size) {
        throw Error(ErrorCode::unavailable, "read", store_->describe(base_ + item.name),
                    "it ended after " + std::to_string(sink.counted()) + " of " +
                        std::to_string(object.info.size) + " bytes");
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || sink.broken() || attempt == read_attempts) throw;
      continue;
    }
    set_attributes(file, object.info);
    file.publish(name.substr(name_begin(name)), options().if_absent);
    sink.keep();
    return Result::done(object.info.size, std::move(object.info.etag));
  }
}

Result Download::get_in_ranges(const Item& item, const std::string& name, store::ObjectInfo info,
                               Worker& worker) {
  const auto plan = plan_download(info.size, options().part_size);
  if (!plan) {
    Item smaller{.name = item.name, .size = info.size, .etag = info.etag};
    return get_whole(smaller, name, worker);
  }
  if (!options().if_match.empty() && info.etag != options().if_match) {
    throw Error(ErrorCode::precondition_failed, "read", store_->describe(info.key),
                "it has another ETag than was asked for");
  }
  const int folder = target_->folder_of(name, worker);
  context_.engine.share(DownloadPieces::begin(context_, shared_from_this(), item, *plan, store_,
                                              std::move(info), folder, target_->path_of(name)));
  return Result::shared();
}

void Download::set_attributes(const NewFile& file, const store::ObjectInfo& info) const {
  Preserved kept;
  if (options().preserve) kept = read_preserved(info.metadata);
  file.set_times(kept.modified.value_or(file_time(info.last_modified)));
  if (kept.mode && ::fchmod(file.descriptor(), *kept.mode) != 0) {
    throw system_error_for("write", target_->path_of({}), errno);
  }
}

std::string Download::skip_reason(const Item& item) {
  if (!options().if_absent) return {};
  return target_->find(file_name(item)) ? "the target is there" : "";
}

}  // namespace wheelyard::transfer
