#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "wheelyard/transfer/detail/operation.hpp"

namespace wheelyard::transfer {

/// A large item cut in equal parts, the last of which may be shorter.
struct PartPlan {
  std::uint64_t size = 0;
  std::uint64_t part_size = 1;

  std::size_t count() const { return static_cast<std::size_t>((size + part_size - 1) / part_size); }
  std::uint64_t offset(std::size_t index) const { return index * part_size; }
  std::uint64_t length(std::size_t index) const { return std::min(part_size, size - offset(index)); }
};

/// Where `size` is worth being cut: none where it goes as a whole. `wanted`: what the caller chose, or 0.
std::optional<PartPlan> plan_upload(std::uint64_t size, std::uint64_t wanted,
                                    const store::PartLimits& limits);
std::optional<PartPlan> plan_download(std::uint64_t size, std::uint64_t wanted);

/// The pieces of one item: how it ends is told to its operation.
class ItemPieces : public Pieces {
 public:
  ItemPieces(Context& context, std::shared_ptr<Operation> operation, Item item, PartPlan plan)
      : context_(context), operation_(std::move(operation)), item_(std::move(item)), plan_(plan) {}

  std::size_t count() const override { return plan_.count(); }
  bool run_piece(std::size_t index, Worker& worker) final;
  void finish(Worker& worker) final;

 protected:
  virtual void piece(std::size_t index, Worker& worker) = 0;
  /// All pieces are done.
  virtual Result complete() = 0;
  /// It has failed: cleans up, or leaves what the next run goes on with. Returns what is told.
  virtual Error give_up(const Error& error) = 0;

  const TransferOptions& options() const { return context_.options; }

  Context& context_;
  const std::shared_ptr<Operation> operation_;
  const Item item_;
  const PartPlan plan_;

 private:
  std::mutex mutex_;
  std::optional<Error> failure_;
};

/// The error, saying how to drop an upload that nobody may know of.
Error with_way_to_drop(const Error& error, const std::string& target);
/// `begin_parts`, whose answer may be lost: nobody then knows the upload that the store has begun, and the
/// error says how to drop it.
std::unique_ptr<store::PartedUpload> begin_upload(store::ObjectStore& store, const std::string& key,
                                                  const store::PutOptions& options);

/// Whether the same command, run again, may well go through: then what was done is kept.
bool worth_resuming(const Error& error);

}  // namespace wheelyard::transfer
