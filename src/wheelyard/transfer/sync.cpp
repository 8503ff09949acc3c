#include "wheelyard/transfer/detail/comparer.hpp"
#include "wheelyard/transfer/detail/name_spool.hpp"
#include "wheelyard/transfer/detail/removal.hpp"
#include "wheelyard/transfer/detail/route.hpp"
#include "wheelyard/transfer/detail/run.hpp"

namespace wheelyard::transfer {
namespace {

constexpr const char* has_it = "the target has it";

/// A pair that the listings do not tell apart.
class LookTask : public Task {
 public:
  LookTask(std::shared_ptr<Operation> operation, std::shared_ptr<const Comparer> comparer, Item source,
           Item target)
      : operation_(std::move(operation)),
        comparer_(std::move(comparer)),
        source_(std::move(source)),
        target_(std::move(target)) {}

  void run(Worker& worker) override {
    bool same = false;
    try {
      same = comparer_->looks_same(source_, target_);
    } catch (const Error& error) {
      operation_->fail(source_, error);
      return;
    }
    if (same) return operation_->settle(source_, Result::skipped(has_it));
    if (operation_->is_dry()) return operation_->plan(source_);
    operation_->handle(source_, worker);
  }

 private:
  const std::shared_ptr<Operation> operation_;
  const std::shared_ptr<const Comparer> comparer_;
  Item source_;
  const Item target_;
};

/// Goes through both lists side by side, as they are: neither is held in memory.
class Sync {
 public:
  Sync(Context& context, const SyncRequest& request)
      : context_(context), request_(request), route_(tree_route(context, request.source, request.target)) {
    source_ = std::make_unique<OrderedListing>(std::move(route_.items), request.source.describe());
    open_target();
    comparer_ = std::make_shared<Comparer>(context, request.comparison, source_end(), target_end_);
  }

  void run() {
    auto source = next_source();
    auto target = next_target();
    while (source || (target && request_.remove_extra)) {
      const int order = !source ? 1 : !target ? -1 : source->item.name.compare(target->item.name);
      if (order > 0) {
        if (request_.remove_extra) extra_.add(target->item.name, target->item.size);
        target = next_target();
        continue;
      }
      if (order < 0) {
        only_in_source(*source);
      } else {
        in_both(*source, *target);
        target = next_target();
      }
      source = next_source();
    }
    if (request_.remove_extra) remove_extra();
  }

 private:
  SyncEnd source_end() const {
    return {.store = request_.source.store, .base = tree_base(request_.source), .files = route_.files};
  }

  void open_target() {
    const TransferOptions& options = context_.options;
    if (!route_.folder) {
      target_end_ = {.store = request_.target.store, .base = tree_base(request_.target), .files = nullptr};
      target_ = std::make_unique<OrderedListing>(
          std::make_unique<StoreListing>(*target_end_.store, target_end_.base, options.filter,
                                         options.put.vendor),
          request_.target.describe());
      return;
    }
    try {
      target_end_.files = LocalSource::tree(route_.folder->root());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      return;  // it is made when the first file comes
    }
    target_ = target_end_.files->list(links_of(options), options.filter);
  }

  std::optional<Listed> next_source() {
    for (;;) {
      auto listed = source_->next();
      if (!listed) return std::nullopt;
      context_.reporter.add_known(1, 0);
      if (!listed->error) return listed;
      source_whole_ = false;
      route_.operation->fail(listed->item, *listed->error);
    }
  }

  /// What cannot be looked at in the target is told; nothing there is taken for extra.
  std::optional<Listed> next_target() {
    while (target_) {
      auto listed = target_->next();
      if (!listed) return std::nullopt;
      if (!listed->error) return listed;
      context_.reporter.add_known(1, 0);
      route_.operation->fail(listed->item, *listed->error);
    }
    return std::nullopt;
  }

  void transfer(Listed& source) {
    context_.reporter.add_known_bytes(source.item.size);
    route_.operation->submit(std::move(source.item));
  }

  void only_in_source(Listed& source) {
    if (source.skipped.empty()) return transfer(source);
    route_.operation->settle(source.item, Result::skipped(std::move(source.skipped)));
  }

  void in_both(Listed& source, const Listed& target) {
    if (!source.skipped.empty()) return only_in_source(source);
    if (!target.skipped.empty()) return transfer(source);
    switch (comparer_->judge(source.item, target.item)) {
      case Comparer::Verdict::same:
        route_.operation->settle(source.item, Result::skipped(has_it));
        break;
      case Comparer::Verdict::different:
        transfer(source);
        break;
      case Comparer::Verdict::look:
        context_.reporter.add_known_bytes(source.item.size);
        context_.engine.submit(
            std::make_unique<LookTask>(route_.operation, comparer_, std::move(source.item), target.item));
        break;
    }
  }

  void remove_extra() {
    if (!source_whole_) {
      const std::string place = request_.target.describe();
      context_.reporter.settle(
          {.action = ItemEvent::Action::remove,
           .outcome = ItemEvent::Outcome::failed,
           .target = place,
           .error = Error(ErrorCode::unavailable, "remove from", place,
                          "what the source does not have: not all of the source could be looked at",
                          "nothing was removed; see to what failed above, and sync again")});
      return;
    }
    extra_.rewind();
    if (route_.folder) {
      FileRemoval removal(context_, route_.folder);
      while (auto entry = extra_.next())
        removal.remove({.name = std::move(entry->name), .size = entry->size});
      return;
    }
    ObjectRemoval removal(context_, target_end_.store);
    while (auto entry = extra_.next()) {
      removal.add({.name = target_end_.base + entry->name, .size = entry->size});
    }
    removal.flush();
  }

  Context& context_;
  const SyncRequest& request_;
  Route route_;
  SyncEnd target_end_;
  std::unique_ptr<Listing> source_;
  std::unique_ptr<Listing> target_;
  std::shared_ptr<const Comparer> comparer_;
  NameSpool extra_;
  bool source_whole_ = true;
};

}  // namespace

TransferReport sync(const SyncRequest& request, const TransferSinks& sinks) {
  if (request.source.kind == Place::Kind::stream || request.target.kind == Place::Kind::stream) {
    throw Error(ErrorCode::invalid_argument, "sync", request.source.describe(), "a stream is no tree");
  }
  return run(request.options, sinks, [&](Context& context) { Sync(context, request).run(); });
}

}  // namespace wheelyard::transfer
