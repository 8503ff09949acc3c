#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/transfer/detail/item.hpp"
#include "wheelyard/transfer/detail/reporter.hpp"

namespace wheelyard::transfer {

class MemorySource;

/// What a thread keeps from item to item, to be used again.
struct Worker {
  std::shared_ptr<MemorySource> bytes;  ///< the last small file; see FileReading
  std::uint64_t folder_owner = 0;       ///< the LocalTarget that `folder` belongs to
  std::string folder_path;              ///< the folder that was written to last, below its owner's root
  FileDescriptor folder;
};

/// A piece of work that is no part of a larger one.
class Task {
 public:
  virtual ~Task() = default;
  /// An Error that comes out of here ends the whole transfer: what concerns one item is reported by the task.
  virtual void run(Worker& worker) = 0;
};

/// A large item in pieces that the workers share. Its pieces are begun in order and may end in any.
class Pieces {
 public:
  virtual ~Pieces() = default;
  virtual std::size_t count() const = 0;
  /// False: no further piece is begun.
  virtual bool run_piece(std::size_t index, Worker& worker) = 0;
  /// After the last piece that was begun has ended; not called where the transfer was stopped.
  virtual void finish(Worker& worker) = 0;
};

/// Threads that take tasks from a bounded queue, and pieces of large items ahead of it: however many tasks
/// there are, few are in memory, and one large item keeps all threads busy.
class Engine {
 public:
  Engine(std::size_t jobs, Reporter& reporter);
  ~Engine();  ///< stops what has not ended
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Blocks while the queue is full. Throws what has stopped the work.
  void submit(std::unique_ptr<Task> task);
  /// From a task that is running.
  void share(std::shared_ptr<Pieces> pieces);
  /// Waits until everything has been done. Throws what has stopped the work.
  void finish();
  /// Nothing new is begun. What runs sees it by `check`.
  void stop(std::exception_ptr why) noexcept;
  /// Throws Stopped once somebody has called `stop`.
  void check() const {
    if (stopped_.load(std::memory_order_relaxed)) throw Stopped{};
  }

 private:
  struct Shared {
    std::shared_ptr<Pieces> pieces;
    std::size_t next = 0;
    std::size_t running = 0;
    bool given_up = false;
    bool exhausted() const { return given_up || next >= pieces->count(); }
  };

  /// For room or the end, and no longer than until the reporter is to be heard; what it throws stops the
  /// work.
  void wait_a_little(std::unique_lock<std::mutex>& lock);
  void start_thread();
  void work();
  void run_task(std::unique_lock<std::mutex>& lock, Worker& worker);
  void run_piece(std::unique_lock<std::mutex>& lock, Worker& worker);
  bool nothing_left() const { return closed_ && tasks_.empty() && shared_.empty() && busy_ == 0; }
  /// Runs what may fail without the lock; a failure stops everything.
  template <typename Work>
  void guarded(std::unique_lock<std::mutex>& lock, const Work& work);
  [[noreturn]] void rethrow();

  const std::size_t jobs_;
  Reporter& reporter_;
  std::mutex mutex_;
  std::condition_variable work_;  ///< for workers
  std::condition_variable room_;  ///< for who submits and who waits for the end
  std::deque<std::unique_ptr<Task>> tasks_;
  std::deque<std::shared_ptr<Shared>> shared_;  ///< with pieces that are not begun yet
  std::size_t busy_ = 0;
  std::size_t waiting_ = 0;
  bool closed_ = false;
  std::atomic<bool> stopped_{false};
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;
};

}  // namespace wheelyard::transfer
