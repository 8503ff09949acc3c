#pragma once

#include <cstddef>
#include <functional>

namespace wheelyard {

/// Calls `work(0) … work(count - 1)`, up to `workers` at once, on threads of its own (none for one worker or
/// one item). After the first exception no new item is begun; it is thrown on when all that run have ended.
/// The threads have the caller's stop flag (stop_flag.hpp).
void parallel_for(std::size_t count, std::size_t workers, const std::function<void(std::size_t)>& work);

}  // namespace wheelyard
