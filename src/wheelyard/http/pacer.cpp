#include "wheelyard/http/pacer.hpp"

#include <algorithm>

#include "wheelyard/http/detail/wait.hpp"

namespace wheelyard::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr double decrease = 0.7;
constexpr double least = 4;                   // requests a second
constexpr double growth = 0.25;               // of the base, each second
constexpr milliseconds window{500};           // over one or two of these the accepted requests are counted
constexpr milliseconds shortest_window{100};  // less would make a burst look like a pace
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5'000};
constexpr seconds forgets_after{60};
constexpr std::size_t most_hosts = 1'000;

double in_seconds(Pace::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::optional<double> Pace::limit(Time now) const {
  if (!limited_ || now - last_throttled_ >= forgets_after) return std::nullopt;
  const double elapsed = std::max(0.0, in_seconds(now - last_throttled_));
  return base_ * (1 + growth * elapsed) + elapsed;
}

Pace::Time Pace::reserve(Time now) {
  const auto allowed = limit(now);
  if (!allowed) {
    limited_ = false;
    return now;
  }
  const Time turn = std::max(now, next_);
  next_ = turn + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / *allowed));
  return turn;
}

void Pace::turn_window(Time now) {
  if (now - window_start_ < window) return;
  const bool recent = now - window_start_ < 2 * window;
  in_earlier_ = recent ? in_window_ : 0;
  earlier_start_ = recent ? window_start_ : now;
  window_start_ = now;
  in_window_ = 0;
}

void Pace::accepted(Time now) {
  turn_window(now);
  ++in_window_;
}

double Pace::accepted_lately(Time now) const {
  const Duration span = std::max<Duration>(now - earlier_start_, shortest_window);
  return static_cast<double>(in_earlier_ + in_window_) / in_seconds(span);
}

void Pace::throttled(Time now, std::uint64_t generation, Duration asked) {
  if (generation != generation_) {
    next_ = std::max(next_, now + asked);
    return;
  }
  ++generation_;
  turn_window(now);
  double pace = accepted_lately(now);
  if (const auto allowed = limit(now)) pace = std::min(pace, *allowed);
  const bool again = limited_ && now - last_throttled_ < 2 * pause_ + seconds(1);
  pause_ = again ? std::min<Duration>(2 * pause_, longest_pause) : Duration(first_pause);
  base_ = std::max(least, decrease * pace);
  limited_ = true;
  last_throttled_ = now;
  next_ = std::max(next_, now + std::max(pause_, asked));
}

const std::shared_ptr<Pacer>& Pacer::of_process() {
  static const auto pacer = std::make_shared<Pacer>();
  return pacer;
}

Pace& Pacer::pace_of(const std::string& origin) {
  const auto found = paces_.find(origin);
  if (found != paces_.end()) return found->second;
  if (paces_.size() >= most_hosts) {
    std::erase_if(paces_,
                  [now = steady_clock::now()](const auto& entry) { return !entry.second.limit(now); });
  }
  return paces_[origin];
}

std::optional<std::uint64_t> Pacer::wait_for_turn(const std::string& origin, Time deadline,
                                                  const std::function<void()>& on_wait) {
  for (;;) {
    Time turn;
    std::uint64_t generation = 0;
    {
      const std::lock_guard lock(mutex_);
      Pace& pace = pace_of(origin);
      const Time now = steady_clock::now();
      turn = pace.reserve(now);
      generation = pace.generation();
      if (turn <= now) return generation;
    }
    if (turn >= deadline) return std::nullopt;
    wait_until(turn, on_wait);
    const std::lock_guard lock(mutex_);
    if (pace_of(origin).generation() == generation) return generation;
    // Slowed down while it waited: it takes a later turn.
  }
}

void Pacer::accepted(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  pace_of(origin).accepted(steady_clock::now());
}

void Pacer::throttled(const std::string& origin, std::uint64_t generation, milliseconds pause) {
  const std::lock_guard lock(mutex_);
  pace_of(origin).throttled(steady_clock::now(), generation, pause);
}

}  // namespace wheelyard::http
