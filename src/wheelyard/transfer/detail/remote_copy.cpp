#include "wheelyard/transfer/detail/remote_copy.hpp"

#include <algorithm>

#include "wheelyard/transfer/detail/attributes.hpp"
#include "wheelyard/transfer/detail/counting_sink.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"

namespace wheelyard::transfer {
namespace {

/// Up to this size an object goes through memory as a whole.
constexpr std::uint64_t whole_size = 8u << 20;
constexpr int read_attempts = 3;

/// Fills a buffer; more than was announced is refused.
class BufferSink : public ByteSink {
 public:
  BufferSink(char* buffer, std::size_t capacity) : buffer_(buffer), left_(capacity) {}
  void write(std::string_view bytes) override {
    if (bytes.size() > left_) {
      throw Error(ErrorCode::corrupted, "read", "an object", "it gives more bytes than it announced");
    }
    bytes.copy(buffer_, bytes.size());
    buffer_ += bytes.size();
    left_ -= bytes.size();
  }
  std::size_t left() const { return left_; }

 private:
  char* buffer_;
  std::size_t left_;
};

}  // namespace

RemoteCopy::RemoteCopy(Context& context, End source, End target)
    : Operation(context, ItemEvent::Action::copy),
      source_(std::move(source)),
      target_(std::move(target)),
      inside_(target_.store->copies_from(*source_.store)) {}

Result RemoteCopy::transfer(Item& item, Worker& worker) {
  const std::string from = source_.base + item.name;
  const std::string to = target_.base + item.name;
  // A copy on the server's side knows no conditions on what is there.
  if (inside_) {
    if (std::string reason = skip_reason(item); !reason.empty()) return Result::skipped(std::move(reason));
  }
  try {
    return inside_ ? copy_inside(item, from, to) : stream(item, from, to, worker);
  } catch (const Error& error) {
    if (options().if_absent && error.code() == ErrorCode::already_exists) {
      return Result::skipped("the target is there");
    }
    throw;
  }
}

Result RemoteCopy::copy_inside(const Item& item, const std::string& from, const std::string& to) {
  store::CopyOptions copy{.if_match = item.etag, .source = source_.store, .part_size = options().part_size};
  copy.source_vendor = options().get_vendor;
  if (names_attributes(options())) {
    copy.replace = put_options(options(), to);
  } else if (!options().put.acl.empty() || !options().put.vendor.empty() || options().put.checksum) {
    copy.replace = copied_options(options(), source_.store->head(from, options().get_vendor), to);
  }
  if (copy.replace) copy.replace->mode = store::PutMode::overwrite();
  store::PutResult put = target_.store->copy(from, to, copy);
  context_.pass(item.size);
  return Result::done(item.size, std::move(put.etag));
}

Result RemoteCopy::stream(const Item& item, const std::string& from, const std::string& to, Worker& worker) {
  store::GetOptions get{.vendor = options().get_vendor};
  const auto share = context_.take_memory(std::min(item.size, whole_size));
  for (int attempt = 1;; ++attempt) {
    store::GetResult object = source_.store->get(from, get);
    if (object.info.size > std::max(item.size, whole_size)) throw changed(from);
    MemorySource& bytes = MemorySource::reuse(worker.bytes);
    BufferSink buffer(bytes.reserve(object.info.size), object.info.size);
    CountingSink sink(context_, buffer);
    try {
      object.body->copy_to(sink);
      if (buffer.left() > 0) throw cut_off(from);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || attempt == read_attempts) throw;
      continue;
    }
    bytes.set_size(object.info.size);
    store::PutResult put = target_.store->put(to, worker.bytes, copied_options(options(), object.info, to));
    sink.keep();
    return Result::done(object.info.size, std::move(put.etag));
  }
}

Error RemoteCopy::cut_off(const std::string& key) const {
  return Error(ErrorCode::unavailable, "read", source_.store->describe(key), "it ended early");
}

Error RemoteCopy::changed(const std::string& key) const {
  return Error(ErrorCode::precondition_failed, "copy", source_.store->describe(key),
               "it has changed since it was listed", "copy it again");
}

std::string RemoteCopy::skip_reason(const Item& item) {
  if (!options().if_absent) return {};
  return store::find_info(*target_.store, target_.base + item.name) ? "the target is there" : "";
}

}  // namespace wheelyard::transfer
