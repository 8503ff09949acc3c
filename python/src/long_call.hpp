#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include <nanobind/nanobind.h>

namespace wheelyard::python {

/// For waits on the caller's own thread: runs Python's signal handlers, where it is the main one. What a
/// handler raises (KeyboardInterrupt) is thrown.
void check_signals();
/// For StoreSettings::on_wait: throws (`cancelled`) while the flag is set.
std::function<void()> check_flag(std::shared_ptr<std::atomic<bool>> stopped);

/// Work of many requests that calls back into Python. What a callback or a signal handler raises ends the
/// work and is raised by the call. Made and used with the GIL held; `on_wait` and `call` are for the
/// library's threads.
class LongCall {
 public:
  /// `stopped`: set while the call is being stopped, for stores that outlive it; may be shared.
  explicit LongCall(std::shared_ptr<std::atomic<bool>> stopped = std::make_shared<std::atomic<bool>>(false))
      : state_(std::make_shared<State>(std::move(stopped))) {}

  /// Runs `work` without the GIL, on a thread of its own where the caller is the main one: that one answers
  /// to signals meanwhile. Rethrows what was raised first.
  void run(const std::function<void()>& work);

  /// Throws (`cancelled`) once something was raised.
  void check() const { state_->check(); }
  /// Calls into Python with the GIL. What that raises is kept for `run`, and an Error thrown in its place.
  void call(const std::function<void()>& into_python) const;

 private:
  struct State {
    explicit State(std::shared_ptr<std::atomic<bool>> flag) : stopped(std::move(flag)) {}
    std::shared_ptr<std::atomic<bool>> stopped;
    std::mutex mutex;
    std::exception_ptr raised;

    void stop(std::exception_ptr failure);
    void check() const;
  };
  std::shared_ptr<State> state_;
};

}  // namespace wheelyard::python
