#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/killed.hpp"

#include "wheelyard/base/clock.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::test_support {

/// What a schedule is made of: at each point one of some alternatives. 0 is to go on as if nothing were, and
/// costs nothing.
class Decisions {
 public:
  virtual ~Decisions() = default;
  /// Below `switches` + `faults` + 1. First come those that let somebody else go on, then those that go
  /// wrong.
  virtual std::size_t choose(std::size_t switches, std::size_t faults) = 0;
};

/// At random, the same for the same seed everywhere.
class RandomDecisions : public Decisions {
 public:
  explicit RandomDecisions(std::uint64_t seed);
  std::size_t choose(std::size_t switches, std::size_t faults) override;

 private:
  bool happens(std::uint32_t one_in) { return random_() % one_in == 0; }

  std::minstd_rand random_;
  std::uint32_t switch_one_in_ = 1;
  std::uint32_t fault_one_in_ = 1;
};

/// All schedules in which at most `budget` times another alternative than 0 is taken. What is run under them
/// has to do the same whenever the same was chosen: where it does not, the test fails, and there is no next
/// schedule.
class AllDecisions : public Decisions {
 public:
  explicit AllDecisions(int budget) : budget_(budget) {}
  std::size_t choose(std::size_t switches, std::size_t faults) override;
  /// Goes on to the next schedule; false after the last.
  bool next();
  /// The alternatives that were taken, as "17:2 30:1".
  std::string told() const;

 private:
  struct Step {
    std::size_t taken = 0;
    std::size_t count = 0;
  };
  int spent() const;
  void stray(const std::string& how);

  const int budget_;
  std::size_t at_ = 0;
  std::vector<Step> steps_;
  bool has_strayed_ = false;
};

/// How often what may go wrong in one schedule.
struct FaultLimits {
  int deaths = 0;    ///< clients that die: before a request, after it, or while it is still on its way
  int losses = 0;    ///< answers that are lost; the request took effect, takes effect later, or did not
  int refusals = 0;  ///< requests that are denied
  int repeats = 0;   ///< requests whose first sending takes effect after a later one was answered
  int leaps = 0;     ///< of the clock
  std::chrono::seconds leap{40};
};

/// A bucket and clients of it that run one at a time: every request is a point at which another client may go
/// on, the client may die, or the answer may get lost while the request is still carried out, at once or
/// later. Each client has a thread and a store of its own; what those threads ask for happens in an order
/// that `Decisions` alone determine. Requests of threads that a client has begun (parts of one file, a sign
/// of life) are no such points: they are made when they are made, and end with the client.
class Interleaving {
 public:
  Interleaving(std::shared_ptr<store::ObjectStore> bucket, Decisions& decisions, FaultLimits limits);
  ~Interleaving();

  /// A client that does `work` in `run`. What it throws beyond Killed ends the test program.
  std::size_t add(std::string name, std::function<void()> work);
  /// The bucket as that client (or one that is yet to be added) sees it.
  std::shared_ptr<store::ObjectStore> store_of(std::size_t client);
  /// Called after each request that changed something, by whoever is running.
  void on_change(std::function<void(std::string_view key)> observer) { observer_ = std::move(observer); }

  /// Until all clients have ended or died. Requests may still be on their way then.
  void run();
  /// Carries out what is still on its way.
  void land_all();

  bool is_dead(std::size_t client) const;
  bool is_dead(std::string_view name) const;
  /// Requests so far, of all clients: the time in which things happen.
  std::uint64_t now() const { return steps_; }
  std::chrono::seconds elapsed() const { return elapsed_; }
  void leap(std::chrono::seconds time) { elapsed_ += time; }
  /// What happened, a line each.
  std::string told() const;

 private:
  class View;
  struct Client;
  struct Flying {
    std::string what;
    std::string key;
    std::function<store::PutResult()> effect;
  };
  /// What becomes of one request.
  enum class Fate { normal, refused, failed, lost, looked, late, repeated, dead, dead_after, dead_late };

  Fate arrive(std::size_t client, std::string_view operation, std::string_view key, bool changes);
  Fate decide(std::size_t client, bool changes, bool may_switch);
  std::vector<Fate> fates(bool changes) const;
  void go_to(std::size_t client, std::size_t other);
  void leave(std::size_t client);
  void land(std::size_t flying);
  void tell(std::string line) { lines_.push_back(std::move(line)); }
  void changed(std::string_view key) {
    if (observer_) observer_(key);
  }
  std::vector<std::size_t> others(std::size_t client) const;

  std::shared_ptr<store::ObjectStore> bucket_;
  Decisions& decisions_;
  FaultLimits limits_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Flying> flying_;
  std::vector<std::string> lines_;
  std::function<void(std::string_view)> observer_;
  std::uint64_t steps_ = 0;
  std::chrono::seconds elapsed_{0};
  std::unique_ptr<Client> ended_;  ///< what `run` waits at
};

}  // namespace wheelyard::test_support
