#include "wheelyard/base/stop_flag.hpp"

#include <utility>

#include "wheelyard/base/error.hpp"

namespace wheelyard {

namespace {

StopFlag& own_flag() {
  thread_local StopFlag flag;
  return flag;
}

}  // namespace

const StopFlag& current_stop_flag() {
  return own_flag();
}

StopScope::StopScope(StopFlag flag) : outer_(std::exchange(own_flag(), std::move(flag))) {}

StopScope::~StopScope() {
  own_flag() = std::move(outer_);
}

void check_stopped() {
  const auto& flag = own_flag();
  if (flag && *flag) throw Error(ErrorCode::cancelled, "finish", "the work", "it was stopped");
}

}  // namespace wheelyard
