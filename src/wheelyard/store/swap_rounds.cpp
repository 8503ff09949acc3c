#include "wheelyard/store/swap_rounds.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace wheelyard::store {

void wait_before_round(int round) {
  if (round < 3) return;
  thread_local std::minstd_rand random{std::random_device{}()};
  const int longest = std::min(1000, 25 << std::min(round - 3, 6));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution<int>(0, longest)(random)));
}

void give_up(const std::string& what) {
  throw Error(ErrorCode::unavailable, "update", what,
              "it was changed by others each time, " + std::to_string(max_rounds) + " times in a row",
              "run the same command again; nothing was lost");
}

bool is_lost_race(const Error& error) {
  return error.code() == ErrorCode::already_exists || error.code() == ErrorCode::precondition_failed;
}

}  // namespace wheelyard::store
