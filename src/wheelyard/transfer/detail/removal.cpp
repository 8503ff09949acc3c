#include "wheelyard/transfer/detail/removal.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include <fcntl.h>
#include <unistd.h>

namespace wheelyard::transfer {
namespace {

/// Keys in a request: what a store takes at once, and several requests for some thousands.
constexpr std::size_t keys_at_once = 1000;

using Failures = std::map<std::string_view, const Error*>;

Failures by_key(const std::vector<store::FailedRemoval>& failed) {
  Failures failures;
  for (const auto& one : failed) failures.emplace(one.key, &one.error);
  return failures;
}

ItemEvent removal_event(const Context& context, const store::ObjectStore& store, const Item& item) {
  ItemEvent event{.action = ItemEvent::Action::remove, .size = item.size};
  if (context.reporter.wants_items()) event.target = store.describe(item.name);
  return event;
}

class RemovalTask : public Task {
 public:
  RemovalTask(Context& context, std::shared_ptr<store::ObjectStore> store, std::vector<Item> items)
      : context_(context),
        share_(context.take_memory(memory_of(items))),
        store_(std::move(store)),
        items_(std::move(items)) {}

  void run(Worker&) override {
    std::vector<std::string> keys;
    keys.reserve(items_.size());
    for (const Item& item : items_) keys.push_back(item.name);
    std::vector<store::FailedRemoval> failed;
    std::optional<Error> all;
    try {
      failed = store_->remove_each(keys);
    } catch (const Error& error) {
      all = error;
    }
    const Failures failures = by_key(failed);
    for (const Item& item : items_) {
      ItemEvent event = removal_event(context_, *store_, item);
      const auto found = failures.find(item.name);
      if (all || found != failures.end()) {
        event.outcome = ItemEvent::Outcome::failed;
        event.error = all ? *all : *found->second;
      }
      context_.reporter.settle(event);
    }
    context_.engine.check();
  }

 private:
  static std::uint64_t memory_of(const std::vector<Item>& items) {
    std::uint64_t bytes = items.size() * sizeof(Item);
    for (const Item& item : items) bytes += 2 * (item.name.size() + item.etag.size());
    return bytes;
  }

  Context& context_;
  /// Batches in the queue are not small: a fast list must not run away from a slow server.
  const MemoryBudget::Share share_;
  const std::shared_ptr<store::ObjectStore> store_;
  const std::vector<Item> items_;
};

}  // namespace

bool same_store(const store::ObjectStore& left, const store::ObjectStore& right) {
  return &left == &right || (left.copies_from(right) && left.describe({}) == right.describe({}));
}

void ObjectRemoval::add(Item item) {
  context_.reporter.add_known(1, 0);
  if (context_.options.dry_run) {
    ItemEvent event = removal_event(context_, *store_, item);
    event.outcome = ItemEvent::Outcome::planned;
    context_.reporter.settle(event);
    return;
  }
  batch_.push_back(std::move(item));
  if (batch_.size() == keys_at_once) flush();
}

void ObjectRemoval::flush() {
  if (batch_.empty()) return;
  context_.engine.submit(std::make_unique<RemovalTask>(context_, store_, std::exchange(batch_, {})));
}

void FileRemoval::remove(const Item& item) {
  ItemEvent event{.action = ItemEvent::Action::remove, .size = item.size};
  event.target = folder_->path_of(item.name);
  context_.reporter.add_known(1, 0);
  if (context_.options.dry_run) {
    event.outcome = ItemEvent::Outcome::planned;
  } else {
    try {
      folder_->remove(item.name, worker_);
      const std::string folder = item.name.substr(0, name_begin(item.name));
      if (folders_.empty() || folders_.back() != folder) folders_.push_back(folder);
    } catch (const Error& error) {
      event.outcome = ItemEvent::Outcome::failed;
      event.error = error;
    }
  }
  context_.reporter.settle(event);
  context_.engine.check();
}

void FileRemoval::remove_empty_folders(bool root_too) {
  // The deepest first; a folder's own path is longer than that of what holds it.
  std::ranges::sort(folders_, std::greater<>(), &std::string::size);
  for (std::string& folder : folders_) {
    while (!folder.empty()) {
      folder.pop_back();
      if (::rmdir(folder_->path_of(folder).c_str()) != 0) break;
      folder.resize(name_begin(folder));
    }
  }
  if (root_too) ::rmdir(folder_->root().c_str());
}

void MovedSources::add(const std::shared_ptr<store::ObjectStore>& store, std::string key, Removed removed) {
  Batch full;
  {
    const std::lock_guard lock(mutex_);
    auto batch = std::ranges::find(batches_, store, &Batch::store);
    if (batch == batches_.end()) batch = batches_.insert(batch, Batch{.store = store});
    batch->keys.push_back(std::move(key));
    batch->removed.push_back(std::move(removed));
    constexpr std::size_t at_once = 200;
    if (batch->keys.size() < at_once) return;
    full = std::move(*batch);
    batches_.erase(batch);
  }
  run(std::move(full));
}

void MovedSources::flush() {
  std::vector<Batch> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(batches_);
  }
  for (Batch& batch : left) run(std::move(batch));
}

void MovedSources::run(Batch batch) {
  std::vector<store::FailedRemoval> failed;
  std::optional<Error> all;
  try {
    failed = batch.store->remove_each(batch.keys);
  } catch (const Error& error) {
    all = error;
  }
  const Failures failures = by_key(failed);
  for (std::size_t i = 0; i < batch.keys.size(); ++i) {
    const auto found = failures.find(batch.keys[i]);
    batch.removed[i](all ? &*all : found != failures.end() ? found->second : nullptr);
  }
}

}  // namespace wheelyard::transfer
