#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include <nanobind/nanobind.h>

#include "wheelyard/base/stop_flag.hpp"

namespace wheelyard::python {

/// For waits on the caller's own thread: runs Python's signal handlers, where it is the main one. What a
/// handler raises (KeyboardInterrupt) is thrown.
void check_signals();

/// Work of many requests that calls back into Python. What a callback or a signal handler raises ends this
/// work, and no other that goes on with the same stores, and is raised by the call. Made and used with the
/// GIL held; `check` and `call` are for the library's threads. Stores and gates whose `on_wait` is
/// `check_stopped` end with it.
class LongCall {
 public:
  /// Runs `work` without the GIL, on a thread of its own where the caller is the main one: that one answers
  /// to signals meanwhile. Rethrows what was raised first.
  void run(const std::function<void()>& work);

  /// Throws (`cancelled`) once something was raised.
  void check() const { state_->check(); }
  /// Calls into Python with the GIL. What that raises is kept for `run`, and an Error thrown in its place.
  void call(const std::function<void()>& into_python) const;

 private:
  struct State {
    const StopFlag stopped = std::make_shared<std::atomic<bool>>(false);
    std::mutex mutex;
    std::exception_ptr raised;

    void stop(std::exception_ptr failure);
    void check() const;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace wheelyard::python
