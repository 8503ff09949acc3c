#include "wheelyard/transfer/detail/remote_copy.hpp"

#include <algorithm>

#include "wheelyard/transfer/detail/attributes.hpp"
#include "wheelyard/transfer/detail/buffer_sink.hpp"
#include "wheelyard/transfer/detail/counting_sink.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/parts.hpp"
#include "wheelyard/transfer/detail/remote_pieces.hpp"

namespace wheelyard::transfer {
namespace {

/// Up to this size an object goes through memory as a whole.
constexpr std::uint64_t whole_size = 8u << 20;
constexpr int read_attempts = 3;
/// The server copies this much in one request, while nobody knows how far it is.
constexpr std::uint64_t largest_copied_part = 1ull << 30;

}  // namespace

RemoteCopy::RemoteCopy(Context& context, End source, End target)
    : Operation(context, ItemEvent::Action::copy),
      source_(std::move(source)),
      target_(std::move(target)),
      inside_(target_.store->copies_from(*source_.store)) {}

Result RemoteCopy::transfer(Item& item, Worker& worker) {
  const std::string from = source_.base + item.name;
  const std::string to = target_.base + item.name;
  if (item.etag.empty()) {
    store::ObjectInfo info = source_.store->head(from, options().get_vendor);
    context_.reporter.add_known_bytes(info.size - item.size);
    item.size = info.size;
    item.etag = std::move(info.etag);
  }
  if (std::string reason = skip_reason(item); !reason.empty()) return Result::skipped(std::move(reason));
  const bool conditional = options().if_absent || !options().if_match.empty();
  try {
    if (!inside_) return stream(item, from, to, worker);
    return conditional ? copy_by_parts(item, from, to, worker) : copy_inside(item, from, to);
  } catch (const Error& error) {
    if (options().if_absent && error.code() == ErrorCode::already_exists) {
      return Result::skipped("the target is there");
    }
    throw;
  }
}

Result RemoteCopy::copy_inside(const Item& item, const std::string& from, const std::string& to) {
  store::CopyOptions copy{.if_match = item.etag, .source_vendor = options().get_vendor};
  copy.source = source_.store;
  copy.part_size = options().part_size;
  const store::PutOptions& put = options().put;
  if (names_attributes(options())) {
    copy.replace = put_options(options(), to);
  } else if (!put.acl.empty() || !put.vendor.empty() || put.checksum) {
    copy.replace =
        copied_options(options(), *source_.store, source_.store->head(from, options().get_vendor), to);
  }
  store::PutResult result;
  try {
    result = target_.store->copy(from, to, copy);
  } catch (const Error& error) {
    const auto limits = target_.store->part_limits();
    const bool in_parts = limits && item.size > (copy.part_size == 0 ? limits->largest : copy.part_size);
    if (!in_parts || error.code() != ErrorCode::unavailable) throw;
    throw with_way_to_drop(error, target_.store->describe(to));
  }
  context_.pass(item.size);
  return Result::done(item.size, std::move(result.etag));
}

Result RemoteCopy::copy_by_parts(const Item& item, const std::string& from, const std::string& to,
                                 Worker& worker) {
  const auto limits = target_.store->part_limits();
  if (!limits || item.size == 0) return stream(item, from, to, worker);
  const store::ObjectInfo info = source_.store->head(from, options().get_vendor);
  if (info.etag != item.etag) throw changed(from);
  store::PutOptions put = copied_options(options(), *source_.store, info, to);
  put.copied_parts = true;
  const auto upload = begin_upload(*target_.store, to, put);
  try {
    const PartPlan plan{.size = item.size, .part_size = std::min(limits->largest, largest_copied_part)};
    std::vector<store::Part> parts;
    for (std::size_t i = 0; i < plan.count(); ++i) {
      context_.engine.check();
      store::CopyOptions copy{.if_match = item.etag, .source_vendor = options().get_vendor};
      copy.source = source_.store;
      parts.push_back(upload->copy_part(static_cast<std::uint32_t>(i) + 1, from,
                                        {.offset = plan.offset(i), .length = plan.length(i)}, copy));
    }
    store::PutResult result = upload->complete(parts);
    context_.pass(item.size);
    return Result::done(item.size, std::move(result.etag));
  } catch (...) {
    abort_quietly(*upload);
    throw;
  }
}

Result RemoteCopy::stream(const Item& item, const std::string& from, const std::string& to, Worker& worker) {
  const auto limits = target_.store->part_limits();
  if (item.size > whole_size) {
    store::ObjectInfo info = source_.store->head(from, options().get_vendor);
    if (info.etag != item.etag) throw changed(from);
    store::PutOptions put = copied_options(options(), *source_.store, info, to);
    if (!limits) return stream_whole(info, to, put);
    context_.engine.share(RemotePieces::begin(
        context_, shared_from_this(), item, *limits,
        {.from = source_.store, .to = target_.store, .key = to, .put = put}, std::move(info)));
    return Result::shared();
  }
  const store::GetOptions get{.vendor = options().get_vendor};
  const auto share = context_.take_memory(item.size);
  for (int attempt = 1;; ++attempt) {
    store::GetResult object = source_.store->get(from, get);
    if (object.info.size > whole_size) throw changed(from);
    // What is kept from item to item has to be small.
    constexpr std::uint64_t kept_size = 256 * 1024;
    std::shared_ptr<MemorySource> once;
    std::shared_ptr<MemorySource>& slot = object.info.size <= kept_size ? worker.bytes : once;
    MemorySource& bytes = MemorySource::reuse(slot);
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
    store::PutResult put =
        target_.store->put(to, slot, copied_options(options(), *source_.store, object.info, to));
    sink.keep();
    return Result::done(object.info.size, std::move(put.etag));
  }
}

Result RemoteCopy::stream_whole(const store::ObjectInfo& info, const std::string& to,
                                const store::PutOptions& put) {
  const auto body = std::make_shared<ObjectSource>(context_, source_.store, info);
  store::PutResult result = target_.store->put(to, body, put);
  return Result::done(info.size, std::move(result.etag));
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
