#pragma once

#include <memory>

#include "wheelyard/transfer/detail/context.hpp"

namespace wheelyard::transfer {

/// How an item ended that has not failed.
struct Result {
  enum class Kind { done, skipped, shared };
  Kind kind = Kind::done;
  std::string etag;
  std::string reason;
  std::uint64_t size = 0;

  static Result done(std::uint64_t size, std::string etag = {}) {
    return {.kind = Kind::done, .etag = std::move(etag), .size = size};
  }
  static Result skipped(std::string reason) { return {.kind = Kind::skipped, .reason = std::move(reason)}; }
  /// Its pieces are with the engine, and it is settled when they have ended.
  static Result shared() { return {.kind = Kind::shared}; }
};

/// What is done with every item between one source and one target.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  Operation(Context& context, ItemEvent::Action action) : context_(context), action_(action) {}
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  virtual std::string source_name(const Item& item) const = 0;
  virtual std::string target_name(const Item& item) const = 0;
  /// Where the source goes once the target is complete: it is settled as moved.
  bool moves() const { return moves_; }
  void set_moves() { moves_ = true; }

  /// Gives it to the engine; of a dry run, tells of it only.
  void submit(Item item);
  bool is_dry() const { return options().dry_run; }
  /// Of a dry run: tells what would be done.
  void plan(const Item& item);
  /// Does it now and settles it.
  void handle(Item& item, Worker& worker);
  /// The end of an item. Throws where a source that is to be moved cannot be removed.
  void settle(const Item& item, Result result);
  /// The same, for who cannot tell anybody of such an Error: it makes the item a failed one.
  void settle_item(const Item& item, Result result);
  void fail(const Item& item, const Error& error);

 protected:
  /// Transfers it. An Error means that this item has failed.
  virtual Result transfer(Item& item, Worker& worker) = 0;
  /// Takes the source away, where it is a file. Called where `moves()`, after the target is there.
  virtual void remove_source(const Item&) {}
  /// The store that the source is an object of, and its key; null for files. Objects are removed many at
  /// once.
  virtual std::shared_ptr<store::ObjectStore> source_store() const { return nullptr; }
  virtual std::string source_key(const Item& item) const { return item.name; }
  /// Of a dry run: why it would be passed over; "" where it would be done.
  virtual std::string skip_reason(const Item&) { return {}; }

  const TransferOptions& options() const { return context_.options; }

  Context& context_;

 private:
  void settle_done(const Item& item, Result result);
  ItemEvent event_for(const Item& item, ItemEvent::Outcome outcome) const;

  const ItemEvent::Action action_;
  bool moves_ = false;
};

}  // namespace wheelyard::transfer
