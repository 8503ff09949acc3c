#include "wheelyard/transfer/detail/remote_pieces.hpp"

#include "wheelyard/transfer/detail/buffer_sink.hpp"
#include "wheelyard/transfer/detail/download_pieces.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::uint64_t part_in_memory = 8u << 20;

class CountedReader : public Reader {
 public:
  CountedReader(Context& context, std::unique_ptr<Reader> inner)
      : context_(context), inner_(std::move(inner)) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t count = inner_->read(buffer, capacity);
    context_.pass(count);
    return count;
  }

 private:
  Context& context_;
  std::unique_ptr<Reader> inner_;
};

}  // namespace

void abort_quietly(store::PartedUpload& upload) noexcept {
  try {
    upload.abort();
  } catch (...) {
    // What went wrong first is what is told.
  }
}

std::unique_ptr<Reader> ObjectSource::open() const {
  return std::make_unique<CountedReader>(
      context_, store_->get(key_, {.if_match = etag_, .vendor = context_.options.get_vendor}).body);
}

std::shared_ptr<RemotePieces> RemotePieces::begin(Context& context, std::shared_ptr<Operation> operation,
                                                  Item item, const store::PartLimits& limits, Request request,
                                                  store::ObjectInfo source) {
  const std::uint64_t wanted = context.options.part_size == 0 ? part_in_memory : context.options.part_size;
  PartPlan plan = plan_upload(source.size, wanted, limits)
                      .value_or(PartPlan{.size = source.size, .part_size = source.size});
  PartPlan digested = plan;
  RangeDigests digests(*request.from, source, context.options.get_vendor, digested);
  // The parts of the source may be larger than what may be in memory: then they cannot be checked on the way.
  if (digested.part_size <= plan.part_size && digested.part_size >= limits.smallest) plan = digested;
  if (digested.part_size != plan.part_size) digests = RangeDigests(plan);
  return std::shared_ptr<RemotePieces>(new RemotePieces(context, std::move(operation), std::move(item), plan,
                                                        std::move(request), std::move(source),
                                                        std::move(digests)));
}

RemotePieces::RemotePieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan,
                           Request request, store::ObjectInfo source, RangeDigests digests)
    : ItemPieces(context, std::move(operation), std::move(item), plan),
      request_(std::move(request)),
      source_(std::move(source)),
      digests_(std::move(digests)),
      upload_(begin_upload(*request_.to, request_.key, request_.put)),
      parts_(plan.count()) {}

RemotePieces::~RemotePieces() {
  if (!ended_) abort_quietly(*upload_);
}

void RemotePieces::piece(std::size_t index, Worker&) {
  const std::uint64_t length = plan_.length(index);
  const auto share = context_.take_memory(length);
  const auto bytes = std::make_shared<MemorySource>();
  BufferSink buffer(bytes->reserve(length), length);
  read_range(context_, *request_.from, source_, plan_.offset(index), length, buffer);
  bytes->set_size(length);
  if (const auto algorithm = digests_.algorithm()) {
    Checksum checksum(*algorithm);
    checksum.update(bytes->in_memory());
    digests_.set(index, checksum.finish());
  }
  parts_[index] = upload_->put_part(static_cast<std::uint32_t>(index) + 1, bytes);
}

Result RemotePieces::complete() {
  if (digests_.fit() == false) {
    throw Error(ErrorCode::corrupted, "read", request_.from->describe(source_.key),
                "its bytes do not fit the checksum that the server keeps of it; nothing was written",
                "copy it again; if it stays, the object is damaged: write it anew");
  }
  store::PutResult put = upload_->complete(parts_);
  ended_ = true;
  return Result::done(plan_.size, std::move(put.etag));
}

Error RemotePieces::give_up(const Error& error) {
  ended_ = true;
  abort_quietly(*upload_);
  return error;
}

}  // namespace wheelyard::transfer
