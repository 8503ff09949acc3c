#pragma once

#include "wheelyard/transfer/detail/partial_file.hpp"
#include "wheelyard/transfer/detail/preserved.hpp"
#include "wheelyard/transfer/detail/range_digests.hpp"

namespace wheelyard::transfer {

/// Reads `length` bytes at `offset` of one state of an object; where the answer breaks off it is read on from
/// there. `sink` gets the bytes in order. Throws `precondition_failed` where the object has changed.
void read_range(Context& context, store::ObjectStore& store, const store::ObjectInfo& info,
                std::uint64_t offset, std::uint64_t length, ByteSink& sink);

/// A large object that is read in ranges, each written to its place.
class DownloadPieces : public ItemPieces {
 public:
  /// `folder` is where the file called `name` goes.
  static std::shared_ptr<DownloadPieces> begin(Context& context, std::shared_ptr<Operation> operation,
                                               Item item, PartPlan plan,
                                               std::shared_ptr<store::ObjectStore> store,
                                               store::ObjectInfo info, int folder, const std::string& path);
  ~DownloadPieces() override;

 protected:
  void piece(std::size_t index, Worker& worker) override;
  Result complete() override;
  Error give_up(const Error& error) override;

 private:
  DownloadPieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan,
                 std::shared_ptr<store::ObjectStore> store, store::ObjectInfo info, RangeDigests digests,
                 FileDescriptor folder, const std::string& path);
  OpenFile written() const;
  void check() const;

  const std::shared_ptr<store::ObjectStore> store_;
  const store::ObjectInfo info_;
  const std::string path_;
  RangeDigests digests_;
  PartialFile file_;
  std::atomic<bool> broken_{false};  ///< the file cannot be written: nothing of it is worth keeping
  bool ended_ = false;
};

}  // namespace wheelyard::transfer
