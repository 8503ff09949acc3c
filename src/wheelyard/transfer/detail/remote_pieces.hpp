#pragma once

#include "wheelyard/transfer/detail/memory_source.hpp"
#include "wheelyard/transfer/detail/range_digests.hpp"

namespace wheelyard::transfer {

/// Whatever comes of it: it stays listed among the unfinished uploads where it cannot be aborted.
void abort_quietly(store::PartedUpload& upload) noexcept;

/// One state of an object as a body, read anew each time.
class ObjectSource : public Source {
 public:
  ObjectSource(Context& context, std::shared_ptr<store::ObjectStore> store, const store::ObjectInfo& info)
      : context_(context), store_(std::move(store)), key_(info.key), etag_(info.etag), size_(info.size) {}
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<Reader> open() const override;

 private:
  Context& context_;
  const std::shared_ptr<store::ObjectStore> store_;
  const std::string key_;
  const std::string etag_;
  const std::uint64_t size_;
};

/// A large object on its way from one store to another: each part goes through memory.
class RemotePieces : public ItemPieces {
 public:
  struct Request {
    std::shared_ptr<store::ObjectStore> from;
    std::shared_ptr<store::ObjectStore> to;
    std::string key;  ///< of the target
    store::PutOptions put;
  };
  static std::shared_ptr<RemotePieces> begin(Context& context, std::shared_ptr<Operation> operation,
                                             Item item, const store::PartLimits& limits, Request request,
                                             store::ObjectInfo source);
  ~RemotePieces() override;

 protected:
  void piece(std::size_t index, Worker& worker) override;
  Result complete() override;
  Error give_up(const Error& error) override;

 private:
  RemotePieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan,
               Request request, store::ObjectInfo source, RangeDigests digests);

  const Request request_;
  const store::ObjectInfo source_;
  RangeDigests digests_;
  std::unique_ptr<store::PartedUpload> upload_;
  std::vector<store::Part> parts_;
  bool ended_ = false;
};

}  // namespace wheelyard::transfer
