#include "wheelyard/transfer/detail/stream.hpp"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/transfer/detail/counting_sink.hpp"
#include "wheelyard/transfer/detail/local_source.hpp"

namespace wheelyard::transfer {
namespace {

/// Breaks in a row, without a byte between them, before a read is given up.
constexpr int resume_attempts = 5;

class OutputSink : public ByteSink {
 public:
  explicit OutputSink(Context& context) : context_(context) {
    struct stat status{};
    may_block_ = ::fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode);
  }

  void write(std::string_view bytes) override {
    constexpr std::size_t pipe_piece = 64 * 1024;
    while (!bytes.empty()) {
      if (may_block_) wait();
      const std::size_t wanted = may_block_ ? std::min(bytes.size(), pipe_piece) : bytes.size();
      const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), wanted);
      if (count < 0 && errno != EINTR && errno != EAGAIN) throw system_error_for("write", "-", errno);
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

 private:
  void wait() {
    pollfd ready{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    constexpr int interval_ms = 100;
    while (::poll(&ready, 1, interval_ms) == 0) {
      context_.reporter.tick();
      context_.engine.check();
    }
  }

  bool may_block_ = true;
  Context& context_;
};

/// Gives an object to a sink; reads on where it broke, as long as it is the same object.
store::ObjectInfo send_object(Context& context, store::ObjectStore& store, const std::string& key,
                              CountingSink& sink) {
  const TransferOptions& options = context.options;
  store::GetOptions get{.if_match = options.if_match, .vendor = options.get_vendor};
  store::GetResult object = store.get(key, get);
  store::ObjectInfo info = object.info;
  get.if_match = info.etag;
  std::uint64_t last_break = 0;
  for (int breaks = 0;;) {
    try {
      object.body->copy_to(sink);
      if (sink.counted() == info.size) return info;
      throw Error(ErrorCode::unavailable, "read", store.describe(key), "it ended early");
    } catch (const Error& error) {
      const std::uint64_t done = sink.counted();
      breaks = done > last_break ? 1 : breaks + 1;
      last_break = done;
      const bool over = done >= info.size || breaks == resume_attempts;
      if (error.code() != ErrorCode::unavailable || sink.broken() || over) throw;
    }
    get.range = store::ByteRange{.offset = sink.counted(), .length = {}};
    object = store.get(key, get);
  }
}

}  // namespace

void copy_to_stream(Context& context, const Place& source) {
  ItemEvent event{.action = ItemEvent::Action::download, .source = source.describe(), .target = "-"};
  OutputSink output(context);
  CountingSink sink(context, output);
  if (source.kind == Place::Kind::files) {
    const auto files = LocalSource::single(source.path);
    Item item = files->item(context.options.follow_symlinks);
    context.reporter.add_known(1, item.size);
    event.size = item.size;
    event.action = ItemEvent::Action::copy;
    if (!context.options.dry_run) {
      const auto file = std::make_shared<const OpenFile>(files->open(item, context.options.follow_symlinks));
      FileSlice(context, file, 0, file->size()).open()->copy_to(output);
    }
  } else if (context.options.dry_run) {
    event.size = source.store->head(source.key).size;
  } else {
    const store::ObjectInfo info = send_object(context, *source.store, source.key, sink);
    context.reporter.add_known(1, info.size);
    event.size = info.size;
    event.etag = info.etag;
  }
  event.outcome = context.options.dry_run ? ItemEvent::Outcome::planned : ItemEvent::Outcome::done;
  sink.keep();
  context.reporter.settle(event);
}

}  // namespace wheelyard::transfer
