#pragma once

#include <atomic>
#include <memory>

namespace wheelyard {

/// Set once the work of one call is to end, while other calls go on with the same stores. Null: never.
using StopFlag = std::shared_ptr<std::atomic<bool>>;

/// The flag of the call that this thread works for. Whoever starts a thread for a part of its work hands it
/// on: parallel_for does.
const StopFlag& current_stop_flag();

/// For its life, this thread works for the call that `flag` belongs to.
class StopScope {
 public:
  explicit StopScope(StopFlag flag);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

 private:
  StopFlag outer_;
};

/// Throws `cancelled` where the call that this thread works for is to end: for `on_wait` of stores and gates.
void check_stopped();

}  // namespace wheelyard
