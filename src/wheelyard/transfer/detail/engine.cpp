#include "wheelyard/transfer/detail/engine.hpp"

#include <algorithm>
#include <system_error>

#include "wheelyard/base/stop_flag.hpp"
#include "wheelyard/transfer/detail/memory_source.hpp"

namespace wheelyard::transfer {
namespace {

/// Tasks in the queue for each thread: enough that none waits for the listing's next page.
constexpr std::size_t queued_for_each = 16;
/// How often who waits looks whether the transfer is still wanted.
constexpr auto wait_interval = std::chrono::milliseconds(100);

}  // namespace

Engine::Engine(std::size_t jobs, Reporter& reporter) : jobs_(jobs), reporter_(reporter) {}

Engine::~Engine() {
  {
    const std::lock_guard lock(mutex_);
    if (!nothing_left()) stopped_ = true;
    closed_ = true;
  }
  work_.notify_all();
  threads_.clear();
}

void Engine::start_thread() {
  if (threads_.size() == jobs_) return;
  try {
    threads_.emplace_back([this, flag = current_stop_flag()] {
      const StopScope scope(flag);
      work();
    });
  } catch (const std::system_error&) {
    // Fewer threads than asked for do the same work.
    if (threads_.empty()) throw;
  }
}

void Engine::wait_a_little(std::unique_lock<std::mutex>& lock) {
  room_.wait_for(lock, wait_interval);
  lock.unlock();
  try {
    reporter_.tick();
  } catch (const Stopped& stopped) {
    stop(stopped.why);
  }
  lock.lock();
}

void Engine::submit(std::unique_ptr<Task> task) {
  std::unique_lock lock(mutex_);
  while (!stopped_ && tasks_.size() >= jobs_ * queued_for_each) wait_a_little(lock);
  if (stopped_) {
    lock.unlock();
    rethrow();
  }
  tasks_.push_back(std::move(task));
  if (waiting_ > 0) {
    work_.notify_one();
  } else {
    start_thread();
  }
}

void Engine::share(std::shared_ptr<Pieces> pieces) {
  const std::lock_guard lock(mutex_);
  const std::size_t count = pieces->count();
  shared_.push_back(std::make_shared<Shared>(Shared{.pieces = std::move(pieces)}));
  // The queue may be empty by now, and nobody else would start them.
  while (threads_.size() < std::min(jobs_, count)) {
    const std::size_t before = threads_.size();
    start_thread();
    if (threads_.size() == before) break;
  }
  work_.notify_all();
}

void Engine::finish() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  work_.notify_all();
  while (!nothing_left() && !stopped_) wait_a_little(lock);
  lock.unlock();
  if (stopped_) rethrow();
  threads_.clear();
}

void Engine::stop(std::exception_ptr why) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
    stopped_ = true;
    tasks_.clear();
    shared_.clear();
  }
  work_.notify_all();
  room_.notify_all();
}

void Engine::rethrow() {
  threads_.clear();
  reporter_.silence();
  if (failure_) std::rethrow_exception(failure_);
  throw Error(ErrorCode::cancelled, "finish", "the transfer", "it was stopped");
}

void Engine::work() {
  Worker worker;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (!shared_.empty()) {
      run_piece(lock, worker);
    } else if (!tasks_.empty()) {
      run_task(lock, worker);
    } else if (nothing_left()) {
      break;
    } else {
      ++waiting_;
      work_.wait(lock);
      --waiting_;
    }
  }
  lock.unlock();
  work_.notify_all();
  room_.notify_all();
}

template <typename Work>
void Engine::guarded(std::unique_lock<std::mutex>& lock, const Work& work) {
  ++busy_;
  lock.unlock();
  try {
    reporter_.tick();
    work();
  } catch (const Stopped& stopped) {
    stop(stopped.why);
  } catch (...) {
    stop(std::current_exception());
  }
  lock.lock();
  --busy_;
}

void Engine::run_task(std::unique_lock<std::mutex>& lock, Worker& worker) {
  auto task = std::move(tasks_.front());
  tasks_.pop_front();
  // Woken at half: a thread that is woken for each task costs more than the task.
  if (tasks_.size() == jobs_ * queued_for_each / 2) room_.notify_all();
  guarded(lock, [&] {
    task->run(worker);
    task.reset();
  });
}

void Engine::run_piece(std::unique_lock<std::mutex>& lock, Worker& worker) {
  const auto shared = shared_.front();
  const std::size_t index = shared->next++;
  ++shared->running;
  if (shared->exhausted()) shared_.pop_front();
  bool go_on = false;
  guarded(lock, [&] { go_on = shared->pieces->run_piece(index, worker); });
  --shared->running;
  if (!go_on && !shared->exhausted()) {
    shared->given_up = true;
    std::erase(shared_, shared);
  }
  if (shared->exhausted() && shared->running == 0 && !stopped_) {
    guarded(lock, [&] { shared->pieces->finish(worker); });
  }
}

}  // namespace wheelyard::transfer
