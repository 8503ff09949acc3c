#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/stop_flag.hpp"

namespace wheelyard::auth {
namespace {

using namespace std::chrono_literals;

/// Hands out keys "1", "2", … that are good for an hour, or fails.
struct Counter {
  std::atomic<TimePoint> now = *parse_rfc3339("2026-11-21T09:00:00Z");
  std::atomic<int> calls = 0;
  std::atomic<int> looks = 0;  ///< at the clock: each `get` has one, without leaving the lock before it waits
  std::atomic<int> forgotten = 0;
  std::atomic<bool> broken = false;
  std::chrono::seconds life = 1h;
  std::function<void()> meanwhile;  ///< runs within each call

  void pass(std::chrono::seconds time) { now = now.load() + time; }
};

class CountingProvider final : public CredentialProvider {
 public:
  explicit CountingProvider(Counter& counter) : counter_(counter) {}
  std::string name() const override { return "counter"; }
  std::optional<Credentials> find() override {
    const int call = ++counter_.calls;
    if (counter_.meanwhile) {
      counter_.meanwhile();
    }
    if (counter_.broken) {
      throw Error(ErrorCode::unavailable, "ask", "the counter", "it is broken");
    }
    return Credentials{std::to_string(call), "s", "", counter_.now.load() + counter_.life, "counter"};
  }

  void forget() override { ++counter_.forgotten; }

 private:
  Counter& counter_;
};

CredentialChain counting_chain(Counter& counter) {
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(std::make_unique<CountingProvider>(counter));
  return CredentialChain(std::move(providers), [&counter] {
    ++counter.looks;
    return counter.now.load();
  });
}

TEST(CredentialChain, RenewsFiveMinutesAheadOfTheExpiry) {
  Counter counter;
  auto chain = counting_chain(counter);
  EXPECT_EQ(chain.get().access_key_id, "1");
  counter.pass(54min);
  EXPECT_EQ(chain.get().access_key_id, "1");
  counter.pass(2min);
  EXPECT_EQ(chain.get().access_key_id, "2");
}

TEST(CredentialChain, WhatIsSharedIsOneObjectUntilTheRenewal) {
  Counter counter;
  auto chain = counting_chain(counter);
  const auto first = chain.share();
  EXPECT_EQ(chain.share(), first);
  counter.pass(56min);
  const auto second = chain.share();
  EXPECT_NE(second, first);
  EXPECT_EQ(first->access_key_id, "1");
  EXPECT_EQ(second->access_key_id, "2");
}

TEST(CredentialChain, ServesOnUntilTheExpiryWhileRenewingFails) {
  Counter counter;
  auto chain = counting_chain(counter);
  chain.get();
  counter.broken = true;
  counter.pass(56min);
  EXPECT_EQ(chain.get().access_key_id, "1");
  EXPECT_EQ(chain.get().access_key_id, "1");
  EXPECT_EQ(counter.calls, 2) << "a failed try is not repeated at once";
  counter.pass(5min);
  EXPECT_THROW(chain.get(), Error);
  counter.broken = false;
  EXPECT_EQ(chain.get().access_key_id, "4");
}

TEST(CredentialChain, RenewsHalfwayWhatIsShortLived) {
  Counter counter;
  counter.life = 4min;
  auto chain = counting_chain(counter);
  chain.get();
  counter.pass(119s);
  EXPECT_EQ(chain.get().access_key_id, "1");
  counter.pass(2s);
  EXPECT_EQ(chain.get().access_key_id, "2");
  EXPECT_EQ(chain.get().access_key_id, "2") << "not once for each request";
}

TEST(CredentialChain, StoppingTheCallThatSearchesStopsNoOther) {
  Counter counter;
  auto chain = counting_chain(counter);
  const auto flag = std::make_shared<std::atomic<bool>>(true);
  std::latch searching(1);
  std::latch others_wait(1);
  counter.meanwhile = [&] {
    if (current_stop_flag() != flag) return;
    searching.count_down();
    others_wait.wait();
    check_stopped();
  };
  std::jthread stopped([&] {
    const StopScope scope(flag);
    try {
      chain.get();
      ADD_FAILURE() << "it was not stopped";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
  });
  searching.wait();
  std::jthread innocent([&] {
    try {
      EXPECT_EQ(chain.get().access_key_id, "2");
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  });
  std::jthread tired([&] {
    const StopScope scope(std::make_shared<std::atomic<bool>>(true));
    EXPECT_THROW(chain.get(), Error) << "who waits for another's search is stopped too";
  });
  tired.join();
  while (counter.looks < 3) std::this_thread::sleep_for(1ms);  // until `innocent` waits, too
  others_wait.count_down();
}

TEST(CredentialChain, ManyThreadsAskOnce) {
  Counter counter;
  auto chain = counting_chain(counter);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(chain.get().access_key_id, "1"); });
  }
  threads.clear();
  EXPECT_EQ(counter.calls, 1);
}

TEST(CredentialChain, WhileOneRenewsTheOthersGoOnWithWhatTheyHave) {
  Counter counter;
  auto chain = counting_chain(counter);
  chain.get();
  counter.pass(56min);
  std::latch renewing(1);
  std::latch enough(1);
  counter.meanwhile = [&] {
    renewing.count_down();
    enough.wait();
  };
  std::jthread renewer([&] { EXPECT_EQ(chain.get().access_key_id, "2"); });
  renewing.wait();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(chain.get().access_key_id, "1") << "it would wait for ever for the renewal";
  }
  enough.count_down();
  renewer.join();
  EXPECT_EQ(counter.calls, 2);
}

TEST(CredentialChain, InTheLastMinuteEverybodyWaitsForTheRenewal) {
  Counter counter;
  auto chain = counting_chain(counter);
  chain.get();
  counter.pass(59min + 1s);
  std::latch renewing(1);
  std::latch enough(1);
  counter.meanwhile = [&] {
    renewing.count_down();
    enough.wait();
  };
  std::atomic<int> served = 0;
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { EXPECT_EQ(chain.get().access_key_id, "2"), ++served; });
  renewing.wait();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(chain.get().access_key_id, "2"), ++served; });
  }
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(served, 0);
  enough.count_down();
  threads.clear();
  EXPECT_EQ(counter.calls, 2);
}

TEST(CredentialChain, ThoseWhoWaitedForAFailureShareIt) {
  Counter counter;
  counter.broken = true;
  auto chain = counting_chain(counter);
  std::latch searching(1);
  std::latch enough(1);
  counter.meanwhile = [&] {
    if (counter.calls == 1) {
      searching.count_down();
      enough.wait();
    }
  };
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { EXPECT_THROW(chain.get(), Error); });
  searching.wait();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_THROW(chain.get(), Error); });
  }
  while (counter.looks < 5) std::this_thread::sleep_for(1ms);  // until all of them wait
  enough.count_down();
  threads.clear();
  EXPECT_EQ(counter.calls, 1) << "each of them asked for itself, one after the other";
}

TEST(CredentialChain, OfManyRefusalsOnlyTheFirstAsksAnew) {
  Counter counter;
  auto chain = counting_chain(counter);
  const auto refused = chain.get();
  chain.invalidate(refused);
  EXPECT_EQ(chain.get().access_key_id, "2");
  chain.invalidate(refused);
  EXPECT_EQ(chain.get().access_key_id, "2");
  EXPECT_EQ(counter.forgotten, 1) << "what providers keep is dropped with it";
  chain.invalidate();
  EXPECT_EQ(chain.get().access_key_id, "3");
  EXPECT_EQ(counter.forgotten, 2);
}

/// Has credentials only when told so.
class SwitchedProvider final : public CredentialProvider {
 public:
  SwitchedProvider(const bool& on, std::string key, std::optional<TimePoint> expiry)
      : on_(on), key_(std::move(key)), expiry_(expiry) {}
  std::string name() const override { return key_; }
  std::optional<Credentials> find() override {
    return on_ ? std::optional(Credentials{key_, "s", "", expiry_, key_}) : std::nullopt;
  }

 private:
  const bool& on_;
  std::string key_;
  std::optional<TimePoint> expiry_;
};

TEST(CredentialChain, ARenewalStaysWithTheProviderThatHadThem) {
  const auto begin = *parse_rfc3339("2026-11-21T09:00:00Z");
  TimePoint time = begin;
  bool first = false;
  bool second = true;
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(std::make_unique<SwitchedProvider>(first, "first", std::nullopt));
  providers.push_back(std::make_unique<SwitchedProvider>(second, "second", begin + 2h));
  int searches = 0;
  CredentialChain chain(std::move(providers), [&] { return time; }, [&] { ++searches; });
  EXPECT_EQ(chain.get().access_key_id, "second");
  first = true;
  time += 119min;
  EXPECT_EQ(chain.get().access_key_id, "second") << "nobody changes identity in the middle of work";
  EXPECT_EQ(searches, 2);
}

}  // namespace
}  // namespace wheelyard::auth
