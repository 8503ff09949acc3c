#include "wheelyard/transfer/detail/download_pieces.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "wheelyard/transfer/detail/content.hpp"
#include "wheelyard/transfer/detail/counting_sink.hpp"

namespace wheelyard::transfer {
namespace {

/// Breaks in a row, without a byte between them, before a range is given up.
constexpr int resume_attempts = 5;

/// Writes to one place of the file, and digests what passes.
class RangeSink : public ByteSink {
 public:
  RangeSink(const PartialFile& file, std::uint64_t offset, std::optional<ChecksumAlgorithm> algorithm)
      : file_(file), offset_(offset) {
    if (algorithm) checksum_.emplace(*algorithm);
  }
  void write(std::string_view bytes) override {
    if (checksum_) checksum_->update(bytes);
    failed_ = true;
    file_.write_at(offset_, bytes);
    failed_ = false;
    offset_ += bytes.size();
  }
  bool failed() const { return failed_; }
  std::string finish() { return checksum_ ? checksum_->finish() : std::string(); }

 private:
  const PartialFile& file_;
  std::uint64_t offset_;
  std::optional<Checksum> checksum_;
  bool failed_ = false;
};

Error corrupted(const std::string& target) {
  return Error(ErrorCode::corrupted, "read", target,
               "its bytes do not fit the checksum that the server keeps of it; what was written is removed",
               "read it again; if it stays, the object is damaged: write it anew");
}

}  // namespace

void read_range(Context& context, store::ObjectStore& store, const store::ObjectInfo& info,
                std::uint64_t offset, std::uint64_t length, ByteSink& sink) {
  CountingSink counting(context, sink);
  std::uint64_t last_break = 0;
  for (int breaks = 0;;) {
    const std::uint64_t done = counting.counted();
    try {
      store::GetResult object =
          store.get(info.key, {.range = store::ByteRange{.offset = offset + done, .length = length - done},
                               .if_match = info.etag,
                               .verify = false,
                               .vendor = context.options.get_vendor});
      if (object.length != length - done) {
        throw Error(ErrorCode::corrupted, "read", store.describe(info.key),
                    "it is shorter than it was said to be");
      }
      object.body->copy_to(counting);
      if (counting.counted() == length) break;
      throw Error(ErrorCode::unavailable, "read", store.describe(info.key), "the answer ended early");
    } catch (const Error& error) {
      const std::uint64_t now_done = counting.counted();
      breaks = now_done > last_break ? 1 : breaks + 1;
      last_break = now_done;
      const bool over = now_done >= length || breaks == resume_attempts;
      if (error.code() != ErrorCode::unavailable || counting.broken() || over) throw;
    }
  }
  counting.keep();
}

std::shared_ptr<DownloadPieces> DownloadPieces::begin(Context& context, std::shared_ptr<Operation> operation,
                                                      Item item, PartPlan plan,
                                                      std::shared_ptr<store::ObjectStore> store,
                                                      store::ObjectInfo info, int folder,
                                                      const std::string& path) {
  RangeDigests digests(*store, info, context.options.get_vendor, plan);
  // The worker goes on to other folders.
  FileDescriptor own(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  if (!own) throw write_error(path, errno);
  item.size = info.size;
  item.etag = info.etag;
  return std::shared_ptr<DownloadPieces>(new DownloadPieces(context, std::move(operation), std::move(item),
                                                            plan, std::move(store), std::move(info),
                                                            std::move(digests), std::move(own), path));
}

DownloadPieces::DownloadPieces(Context& context, std::shared_ptr<Operation> operation, Item item,
                               PartPlan plan, std::shared_ptr<store::ObjectStore> store,
                               store::ObjectInfo info, RangeDigests digests, FileDescriptor folder,
                               const std::string& path)
    : ItemPieces(context, std::move(operation), std::move(item), plan),
      store_(std::move(store)),
      info_(std::move(info)),
      path_(path),
      digests_(std::move(digests)),
      file_(std::move(folder), path.substr(name_begin(path)), path, info_.etag, plan,
            context.options.resume) {}

DownloadPieces::~DownloadPieces() {
  // The transfer was stopped.
  if (!ended_ && !file_.has_any()) file_.discard();
}

OpenFile DownloadPieces::written() const {
  OpenFile file;
  file.path = path_;
  file.file = FileDescriptor(::fcntl(file_.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!file.file) throw write_error(path_, errno);
  return file;
}

void DownloadPieces::piece(std::size_t index, Worker&) {
  const std::uint64_t offset = plan_.offset(index);
  const std::uint64_t length = plan_.length(index);
  if (file_.has(index)) {
    if (const auto algorithm = digests_.algorithm()) {
      digests_.set(index, checksum_range(context_, written(), offset, length, *algorithm));
    }
    context_.reporter.add_bytes(static_cast<std::int64_t>(length));
    return;
  }
  RangeSink sink(file_, offset, digests_.algorithm());
  try {
    read_range(context_, *store_, info_, offset, length, sink);
    digests_.set(index, sink.finish());
    file_.mark(index);
  } catch (const Error&) {
    if (sink.failed()) broken_ = true;
    throw;
  }
}

void DownloadPieces::check() const {
  const auto fits = digests_.fit();
  if (fits ? *fits : digests_.read_again(context_, written())) return;
  throw corrupted(store_->describe(info_.key));
}

Result DownloadPieces::complete() {
  check();
  file_.finish();
  Preserved kept;
  if (options().preserve) kept = read_preserved(info_.metadata);
  file_.set_times(kept.modified.value_or(file_time(info_.last_modified)));
  if (kept.mode && ::fchmod(file_.descriptor(), *kept.mode) != 0) throw write_error(path_, errno);
  file_.publish(options().if_absent);
  ended_ = true;
  return Result::done(info_.size, info_.etag);
}

Error DownloadPieces::give_up(const Error& error) {
  ended_ = true;
  if (!broken_ && worth_resuming(error) && file_.stays() && file_.has_any()) {
    return error.with_hint((error.hint().empty() ? "" : error.hint() + "; ") +
                           "the same command goes on where it stopped");
  }
  file_.discard();
  if (error.code() != ErrorCode::precondition_failed) return error;
  return Error(ErrorCode::precondition_failed, "read", store_->describe(info_.key),
               "it has changed while it was being read", "read it again");
}

}  // namespace wheelyard::transfer
