#include "wheelyard/transfer/detail/operation.hpp"

#include "wheelyard/transfer/detail/removal.hpp"

namespace wheelyard::transfer {
namespace {

class ItemTask : public Task {
 public:
  ItemTask(std::shared_ptr<Operation> operation, Item item)
      : operation_(std::move(operation)), item_(std::move(item)) {}
  void run(Worker& worker) override { operation_->handle(item_, worker); }

 private:
  std::shared_ptr<Operation> operation_;
  Item item_;
};

}  // namespace

void Operation::submit(Item item) {
  if (is_dry()) return plan(item);
  context_.engine.submit(std::make_unique<ItemTask>(shared_from_this(), std::move(item)));
}

void Operation::plan(const Item& item) {
  std::string reason = skip_reason(item);
  ItemEvent event =
      event_for(item, reason.empty() ? ItemEvent::Outcome::planned : ItemEvent::Outcome::skipped);
  event.reason = std::move(reason);
  event.moved = event.reason.empty() && moves_;
  context_.reporter.settle(event);
}

void Operation::handle(Item& item, Worker& worker) {
  try {
    Result result = transfer(item, worker);
    if (result.kind != Result::Kind::shared) settle(item, std::move(result));
  } catch (const Error& error) {
    fail(item, error);
  }
}

ItemEvent Operation::event_for(const Item& item, ItemEvent::Outcome outcome) const {
  ItemEvent event{.action = action_, .outcome = outcome, .size = item.size};
  if (context_.reporter.wants_items()) {
    event.source = source_name(item);
    event.target = target_name(item);
  }
  return event;
}

void Operation::settle(const Item& item, Result result) {
  if (result.kind == Result::Kind::skipped) {
    ItemEvent event = event_for(item, ItemEvent::Outcome::skipped);
    event.reason = std::move(result.reason);
    context_.reporter.settle(event);
    return;
  }
  if (!moves_) return settle_done(item, std::move(result));
  if (const auto store = source_store()) {
    context_.moved->add(store, source_key(item),
                        [self = shared_from_this(), item, result](const Error* failure) {
                          if (failure == nullptr) return self->settle_done(item, result);
                          self->fail(item, *failure);
                        });
    return;
  }
  remove_source(item);
  settle_done(item, std::move(result));
}

void Operation::settle_item(const Item& item, Result result) {
  try {
    settle(item, std::move(result));
  } catch (const Error& error) {
    fail(item, error);
  }
}

void Operation::settle_done(const Item& item, Result result) {
  ItemEvent event = event_for(item, ItemEvent::Outcome::done);
  event.size = result.size;
  event.etag = std::move(result.etag);
  event.moved = moves_;
  context_.reporter.settle(event);
}

void Operation::fail(const Item& item, const Error& error) {
  ItemEvent event = event_for(item, ItemEvent::Outcome::failed);
  event.error = error;
  context_.reporter.settle(event);
}

}  // namespace wheelyard::transfer
