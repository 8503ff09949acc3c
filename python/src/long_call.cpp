#include "long_call.hpp"

#include <chrono>
#include <condition_variable>
#include <thread>

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

constexpr std::chrono::milliseconds between_checks{100};

bool is_main_thread() {
  const nb::module_ threading = nb::module_::import_("threading");
  return threading.attr("main_thread")().is(threading.attr("current_thread")());
}

}  // namespace

void check_signals() {
  if (!nb::is_alive()) return;
  const nb::gil_scoped_acquire acquired;
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

void LongCall::State::stop(std::exception_ptr failure) {
  const std::lock_guard lock(mutex);
  if (!raised) raised = std::move(failure);
  *stopped = true;
}

void LongCall::State::check() const {
  const StopScope scope(stopped);
  check_stopped();
}

void LongCall::call(const std::function<void()>& into_python) const {
  state_->check();
  {
    const nb::gil_scoped_acquire acquired;
    try {
      into_python();
    } catch (...) {
      state_->stop(std::current_exception());
    }
  }
  state_->check();
}

void LongCall::run(const std::function<void()>& work) {
  std::exception_ptr failure;
  const bool watched = is_main_thread();
  {
    const nb::gil_scoped_release released;
    const auto run_it = [&] {
      const StopScope scope(state_->stopped);
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
    };
    if (!watched) {
      run_it();
    } else {
      std::mutex mutex;
      std::condition_variable ended;
      bool done = false;
      std::thread worker([&] {
        run_it();
        const std::lock_guard lock(mutex);
        done = true;
        ended.notify_one();
      });
      std::unique_lock lock(mutex);
      while (!ended.wait_for(lock, between_checks, [&] { return done; })) {
        lock.unlock();
        try {
          check_signals();
        } catch (...) {
          state_->stop(std::current_exception());
        }
        lock.lock();
      }
      lock.unlock();
      worker.join();
    }
  }
  if (state_->raised) std::rethrow_exception(std::exchange(state_->raised, nullptr));
  if (failure) std::rethrow_exception(failure);
}

}  // namespace wheelyard::python
