#include "wheelyard/transfer/detail/reporter.hpp"

#include <algorithm>

namespace wheelyard::transfer {
namespace {

using std::chrono::steady_clock;
constexpr steady_clock::duration tick_interval = std::chrono::milliseconds(100);

}  // namespace

void Reporter::add_known(std::uint64_t items, std::uint64_t bytes) {
  items_known_.fetch_add(items, std::memory_order_relaxed);
  bytes_known_.fetch_add(bytes, std::memory_order_relaxed);
}

void Reporter::count(const ItemEvent& event) {
  ++items_done_;
  switch (event.outcome) {
    case ItemEvent::Outcome::done:
    case ItemEvent::Outcome::planned:
      if (event.action == ItemEvent::Action::remove) {
        ++removed_;
      } else {
        ++done_;
        bytes_ += event.size;
      }
      break;
    case ItemEvent::Outcome::skipped:
      ++skipped_;
      break;
    case ItemEvent::Outcome::failed:
      ++failed_;
      break;
  }
}

void Reporter::settle(const ItemEvent& event) {
  count(event);
  if (sinks_.on_item) {
    const std::lock_guard lock(mutex_);
    if (silent_) throw Stopped{};
    try {
      sinks_.on_item(event);
    } catch (...) {
      silent_ = true;
      throw Stopped{std::current_exception()};
    }
  }
  tick();
}

void Reporter::tick(bool at_once) {
  if (!sinks_.on_progress) return;
  const auto now = steady_clock::now().time_since_epoch();
  auto due = next_tick_.load(std::memory_order_relaxed);
  if (!at_once && now.count() < due) return;
  if (!next_tick_.compare_exchange_strong(due, (now + tick_interval).count()) && !at_once) return;
  const std::lock_guard lock(mutex_);
  if (silent_) throw Stopped{};
  try {
    sinks_.on_progress(progress());
  } catch (...) {
    silent_ = true;
    throw Stopped{std::current_exception()};
  }
}

TransferProgress Reporter::progress() const {
  const std::uint64_t done = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes_done_.load(), 0));
  return {.items_done = items_done_.load(),
          .items_known = std::max(items_known_.load(), items_done_.load()),
          .bytes_done = done,
          .bytes_known = std::max(bytes_known_.load(), done),
          .all_known = all_known_.load()};
}

TransferReport Reporter::report() const {
  return {.done = done_.load(),
          .skipped = skipped_.load(),
          .failed = failed_.load(),
          .removed = removed_.load(),
          .bytes = bytes_.load()};
}

void Reporter::silence() {
  const std::lock_guard lock(mutex_);
  silent_ = true;
}

}  // namespace wheelyard::transfer
