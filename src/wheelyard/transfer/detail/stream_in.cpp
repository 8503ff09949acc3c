#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wheelyard/transfer/detail/attributes.hpp"
#include "wheelyard/transfer/detail/local_target.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/parts.hpp"
#include "wheelyard/transfer/detail/route.hpp"
#include "wheelyard/transfer/detail/stream.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::uint64_t smallest_part = 5u << 20;
constexpr std::uint64_t usual_part = 8u << 20;
/// Every so many parts they double, since nobody knows how long a stream is: 10,000 parts hold over 300 GB.
constexpr std::uint32_t parts_of_a_size = 2'500;

/// Standard input. Looks whether the transfer is still wanted while nothing comes.
class Input {
 public:
  explicit Input(Context& context) : context_(context) {}

  /// Up to `capacity` bytes; fewer at the end only.
  std::size_t fill(char* buffer, std::size_t capacity) {
    std::size_t used = 0;
    while (used < capacity) {
      wait();
      const ssize_t count = ::read(STDIN_FILENO, buffer + used, capacity - used);
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) throw system_error_for("read", "-", errno);
      if (count == 0) break;
      used += static_cast<std::size_t>(count);
    }
    return used;
  }

 private:
  void wait() {
    pollfd ready{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    constexpr int interval_ms = 100;
    while (::poll(&ready, 1, interval_ms) == 0) {
      context_.reporter.tick();
      context_.engine.check();
    }
  }

  Context& context_;
};

/// The parts of one upload, sent by the workers while the next is being read.
class StreamedParts {
 public:
  explicit StreamedParts(std::unique_ptr<store::PartedUpload> upload) : upload_(std::move(upload)) {}

  void send(std::uint32_t number, const SourcePtr& body) {
    try {
      store::Part part = upload_->put_part(number, body);
      const std::lock_guard lock(mutex_);
      parts_.push_back(std::move(part));
    } catch (const Error& error) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = error;
    }
  }
  /// Throws what a part has failed with.
  void check() {
    const std::lock_guard lock(mutex_);
    if (failure_) throw Error(*failure_);
  }
  store::PutResult complete() {
    std::ranges::sort(parts_, {}, &store::Part::number);
    return upload_->complete(parts_);
  }
  void abort() noexcept {
    try {
      upload_->abort();
    } catch (const Error&) {
      // It is listed among the unfinished uploads; what went wrong first is what is told.
    }
  }

 private:
  const std::unique_ptr<store::PartedUpload> upload_;
  std::mutex mutex_;
  std::vector<store::Part> parts_;
  std::optional<Error> failure_;
};

struct FilledPart {
  MemoryBudget::Share share;
  std::shared_ptr<MemorySource> bytes;
};

class PartTask : public Task {
 public:
  PartTask(Context& context, std::shared_ptr<StreamedParts> parts, std::uint32_t number, FilledPart part)
      : context_(context), parts_(std::move(parts)), number_(number), part_(std::move(part)) {}
  void run(Worker&) override {
    parts_->send(number_, part_.bytes);
    context_.pass(part_.bytes->size());
  }

 private:
  Context& context_;
  const std::shared_ptr<StreamedParts> parts_;
  const std::uint32_t number_;
  FilledPart part_;
};

FilledPart read_part(Context& context, Input& input, std::uint64_t size) {
  FilledPart part{.share = context.take_memory(size), .bytes = std::make_shared<MemorySource>()};
  part.bytes->set_size(input.fill(part.bytes->reserve(size), size));
  return part;
}

/// What is larger than a part, part after part. Its size.
std::uint64_t send_in_parts(Context& context, Input& input, FilledPart first, std::uint64_t part_size,
                            const std::shared_ptr<StreamedParts>& parts, const store::PartLimits& limits) {
  FilledPart part = std::move(first);
  std::uint64_t total = 0;
  for (std::uint32_t number = 1;; ++number) {
    if (number > limits.most) {
      throw Error(ErrorCode::unsupported, "upload", "the stream",
                  "it is longer than " + std::to_string(limits.most) + " parts", "give a larger --part-size");
    }
    const std::uint64_t size = part.bytes->size();
    total += size;
    context.reporter.add_known_bytes(size);
    context.engine.submit(std::make_unique<PartTask>(context, parts, number, std::move(part)));
    if (size < part_size) return total;
    if (number % parts_of_a_size == 0 && context.options.part_size == 0) {
      part_size = std::min(part_size * 2, limits.largest);
    }
    part = read_part(context, input, part_size);
    parts->check();
    if (part.bytes->size() == 0) return total;
  }
}

/// Waits for the workers whatever happened: they use what this frame holds.
store::PutResult put_stream(Context& context, Input& input, FilledPart first, std::uint64_t part_size,
                            const Place& target, const store::PutOptions& options, std::uint64_t& size) {
  const auto limits = target.store->part_limits();
  const auto parts = std::make_shared<StreamedParts>(begin_upload(*target.store, target.key, options));
  try {
    size = send_in_parts(context, input, std::move(first), part_size, parts, *limits);
    context.engine.finish();
    parts->check();
    return parts->complete();
  } catch (const Stopped& stopped) {
    context.engine.stop(stopped.why);
    try {
      context.engine.finish();
    } catch (...) {
      parts->abort();
      throw;
    }
    throw;
  } catch (...) {
    const auto failure = std::current_exception();
    try {
      context.engine.finish();
    } catch (...) {
    }
    parts->abort();
    std::rethrow_exception(failure);
  }
}

/// All of the input in a file without a name: for a store that has no parts.
store::PutResult put_spooled(Context& context, Input& input, const FilledPart& first, const Place& target,
                             const store::PutOptions& options, std::uint64_t& size) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  const FileDescriptor descriptor = open_file(folder, O_RDONLY | O_DIRECTORY);
  NewFile file(descriptor.get(), folder.string());
  file.write(first.bytes->in_memory());
  const auto buffer = std::make_shared<MemorySource>();
  constexpr std::size_t piece = 256 * 1024;
  char* bytes = buffer->reserve(piece);
  while (const std::size_t count = input.fill(bytes, piece)) file.write({bytes, count});
  auto opened = std::make_shared<OpenFile>();
  opened->file = FileDescriptor(::dup(file.descriptor()));
  opened->path = "-";
  if (!opened->file || ::fstat(opened->file.get(), &opened->status) != 0) {
    throw system_error_for("read", "-", errno);
  }
  size = file.size();
  context.reporter.add_known_bytes(size);
  return target.store->put(target.key, std::make_shared<FileSlice>(context, opened, 0, size), options);
}

store::PutResult put_input(Context& context, const Place& target, std::uint64_t& size) {
  Input input(context);
  const TransferOptions& options = context.options;
  const store::PutOptions put = put_options(options, target.key);
  const auto limits = target.store->part_limits();
  const std::uint64_t part_size =
      options.part_size == 0 ? usual_part
                             : std::max(options.part_size, limits ? limits->smallest : smallest_part);
  FilledPart first = read_part(context, input, part_size);
  if (first.bytes->size() == part_size) {
    if (limits) return put_stream(context, input, std::move(first), part_size, target, put, size);
    return put_spooled(context, input, first, target, put, size);
  }
  size = first.bytes->size();
  context.reporter.add_known_bytes(size);
  store::PutResult result = target.store->put(target.key, first.bytes, put);
  context.pass(size);
  return result;
}

std::uint64_t write_file(Context& context, const std::filesystem::path& path) {
  Input input(context);
  const LocalTarget target(path.parent_path());
  Worker worker;
  const std::string name = path.filename().string();
  NewFile file(target.folder_of(name, worker), path.string());
  MemorySource buffer;
  constexpr std::size_t piece = 256 * 1024;
  char* bytes = buffer.reserve(piece);
  while (const std::size_t count = input.fill(bytes, piece)) {
    file.write({bytes, count});
    context.reporter.add_known_bytes(count);
    context.pass(count);
  }
  file.publish(name, context.options.if_absent);
  return file.size();
}

}  // namespace

void copy_from_stream(Context& context, const Place& target) {
  if (target.names_folder) {
    throw Error(ErrorCode::invalid_argument, "write", target.describe(),
                "a stream has no name that it could have in a folder", "give the whole name");
  }
  const bool to_store = target.kind == Place::Kind::store;
  ItemEvent event{.action = to_store ? ItemEvent::Action::upload : ItemEvent::Action::copy,
                  .source = "-",
                  .target = target.describe()};
  context.reporter.add_known(1, 0);
  if (context.options.dry_run) {
    event.outcome = ItemEvent::Outcome::planned;
    context.reporter.settle(event);
    return;
  }
  try {
    if (to_store) {
      event.etag = put_input(context, target, event.size).etag;
    } else {
      event.size = write_file(context, target.path);
    }
  } catch (const Error& error) {
    if (!context.options.if_absent || error.code() != ErrorCode::already_exists) throw;
    event.outcome = ItemEvent::Outcome::skipped;
    event.reason = "the target is there";
  }
  context.reporter.settle(event);
}

}  // namespace wheelyard::transfer
