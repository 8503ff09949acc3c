#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace wheelyard::http {

/// How fast requests may go to one host that has said "slow down". Additive increase, multiplicative
/// decrease: an answer that throttles brings the pace down to 0.7 of what the host has lately accepted, and
/// holds all requests up for a moment, longer each time; from there the pace grows steadily, until after a
/// minute without another such answer there is no limit any more. Pure: the time is passed in.
class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// When the next request may begin, which is then taken.
  Time reserve(Time now);
  /// A request was answered, and not with "slow down".
  void accepted(Time now);
  /// A request that began in this generation was throttled; `pause` is what the answer asks for at least. One
  /// that began before the pace was last brought down tells nothing new.
  void throttled(Time now, std::uint64_t generation, Duration pause);

  std::uint64_t generation() const { return generation_; }  ///< how often the pace was brought down
  std::optional<double> limit(Time now) const;              ///< requests a second; none: no limit

 private:
  double accepted_lately(Time now) const;
  void turn_window(Time now);

  std::uint64_t generation_ = 0;
  bool limited_ = false;
  double base_ = 0;  ///< the limit right after the last throttling
  Time last_throttled_{};
  Duration pause_{};
  Time next_{};
  Time window_start_{};  ///< of the present window; the one before it began at `earlier_start_`
  Time earlier_start_{};
  std::uint64_t in_window_ = 0;
  std::uint64_t in_earlier_ = 0;
};

/// The paces of all hosts, shared by every Client of the process, so that one worker's "slow down" slows them
/// all. Thread-safe.
class Pacer {
 public:
  using Time = Pace::Time;

  static const std::shared_ptr<Pacer>& of_process();

  /// Waits until a request to this origin may begin; its generation. None, at once, where that is not before
  /// `deadline`. `on_wait` as in ClientOptions.
  std::optional<std::uint64_t> wait_for_turn(const std::string& origin, Time deadline,
                                             const std::function<void()>& on_wait = {});
  /// What came of it. `pause`: what the answer asked for.
  void accepted(const std::string& origin);
  void throttled(const std::string& origin, std::uint64_t generation, std::chrono::milliseconds pause);

 private:
  Pace& pace_of(const std::string& origin);

  std::mutex mutex_;
  std::map<std::string, Pace, std::less<>> paces_;
};

}  // namespace wheelyard::http
