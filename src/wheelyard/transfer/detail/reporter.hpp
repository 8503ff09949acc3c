#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>

#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {

/// Thrown through a piece of work when a sink has thrown or the transfer was stopped: no item's failure, so
/// it is no Error.
struct Stopped {
  std::exception_ptr why;  ///< null: it is known already
};

/// Counts, and calls the sinks: one call at a time, none after one has thrown. Thread-safe.
class Reporter {
 public:
  explicit Reporter(const TransferSinks& sinks) : sinks_(sinks) {}

  void add_known(std::uint64_t items, std::uint64_t bytes);
  /// What became known of an item's size later on.
  void add_known_bytes(std::uint64_t bytes) { bytes_known_.fetch_add(bytes, std::memory_order_relaxed); }
  void set_all_known() { all_known_.store(true, std::memory_order_relaxed); }
  /// Bytes that came over, or (negative) that have to come once more.
  void add_bytes(std::int64_t count) { bytes_done_.fetch_add(count, std::memory_order_relaxed); }
  /// Whether anybody looks at the events: texts for them are made only then.
  bool wants_items() const { return static_cast<bool>(sinks_.on_item); }
  /// An item has ended. Throws Stopped.
  void settle(const ItemEvent& event);
  /// Tells of the progress where the last word on it is old enough. Throws Stopped.
  void tick(bool at_once = false);
  TransferReport report() const;
  /// No sink is called any more.
  void silence();

 private:
  void count(const ItemEvent& event);
  TransferProgress progress() const;

  const TransferSinks& sinks_;
  std::mutex mutex_;
  bool silent_ = false;
  std::atomic<std::chrono::steady_clock::rep> next_tick_{0};
  std::atomic<std::uint64_t> items_known_{0};
  std::atomic<std::uint64_t> bytes_known_{0};
  std::atomic<std::int64_t> bytes_done_{0};
  std::atomic<bool> all_known_{false};
  std::atomic<std::uint64_t> items_done_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> removed_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace wheelyard::transfer
