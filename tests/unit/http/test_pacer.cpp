#include <numeric>

#include "http_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/http/pacer.hpp"

namespace wheelyard::http {
namespace {

using std::chrono::duration;
using std::chrono::seconds;
using std::chrono::steady_clock;

const Pace::Time start = Pace::Time() + std::chrono::hours(1);

double seconds_until(Pace::Time time) {
  return duration<double>(time - start).count();
}

TEST(Pace, NoLimitUntilAHostAsksForOne) {
  Pace pace;
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(pace.reserve(start), start);
  EXPECT_EQ(pace.limit(start), std::nullopt);
  EXPECT_EQ(pace.generation(), 0u);
}

TEST(Pace, ThrottlingBringsItBelowWhatWasAcceptedAndTimeBringsItBack) {
  Pace pace;
  for (int i = 0; i < 100; ++i) pace.accepted(start + milliseconds(10 * i));  // 100 a second
  const auto now = start + seconds(1);
  pace.throttled(now, pace.generation(), milliseconds(0));
  EXPECT_NEAR(*pace.limit(now), 70, 20);
  const double before = *pace.limit(now);
  EXPECT_GE(pace.reserve(now), now + milliseconds(100));
  EXPECT_GT(*pace.limit(now + seconds(10)), 2 * before);
  EXPECT_EQ(pace.limit(now + seconds(61)), std::nullopt);
  EXPECT_EQ(pace.reserve(now + seconds(61)), now + seconds(61));
}

TEST(Pace, TurnsStandApartByThePace) {
  Pace pace;
  for (int i = 0; i < 100; ++i) pace.accepted(start + milliseconds(10 * i));
  const auto now = start + seconds(1);
  pace.throttled(now, 0, milliseconds(0));
  const auto first = pace.reserve(now);
  auto last = first;
  for (int i = 0; i < 20; ++i) last = pace.reserve(now);
  EXPECT_NEAR(duration<double>(last - first).count(), 20 / *pace.limit(now), 0.01);
}

TEST(Pace, ManyAnswersOfOneBurstCountOnce) {
  Pace pace;
  for (int i = 0; i < 100; ++i) pace.accepted(start);
  for (int i = 0; i < 30; ++i) pace.throttled(start, 0, milliseconds(0));
  EXPECT_EQ(pace.generation(), 1u);
  const double once = *pace.limit(start);
  pace.throttled(start + milliseconds(200), 1, milliseconds(0));
  EXPECT_EQ(pace.generation(), 2u);
  EXPECT_LT(*pace.limit(start + milliseconds(200)), once);
}

TEST(Pace, PausesGrowAndWhatTheServerAsksForIsKept) {
  Pace pace;
  Pace::Time now = start;
  std::vector<double> pauses;
  for (std::uint64_t i = 0; i < 8; ++i) {
    pace.throttled(now, i, milliseconds(0));
    const auto turn = pace.reserve(now);
    pauses.push_back(duration<double>(turn - now).count());
    now = turn;
  }
  EXPECT_NEAR(pauses[0], 0.1, 0.01);
  EXPECT_GT(pauses[3], 3 * pauses[0]);
  EXPECT_LE(pauses[7], 5.5);
  Pace asked;
  asked.throttled(start, 0, seconds(7));
  EXPECT_GE(seconds_until(asked.reserve(start)), 7);
  // Another answer of the same burst asks for more.
  asked.throttled(start, 0, seconds(20));
  EXPECT_GE(seconds_until(asked.reserve(start)), 20);
}

TEST(Pace, NeverStandsStill) {
  Pace pace;
  for (std::uint64_t i = 0; i < 50; ++i) pace.throttled(start, i, milliseconds(0));
  EXPECT_GE(*pace.limit(start), 1);
}

/// Accepts some requests at the start and tells the next one to slow down, however slowly they come; from
/// then on it accepts so many a second.
class BusyServer {
 public:
  explicit BusyServer(double rate, double burst)
      : rate_(rate),
        burst_(burst),
        tokens_(burst),
        server_([this](const auto&, ScriptedConnection& connection) {
          connection.send(take() ? answer(200, "ok") : answer(503, "slow down"));
        }) {}
  std::string url() const { return server_.url(); }
  int accepted() const { return accepted_; }
  int refused() const { return refused_; }

 private:
  bool take() {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    if (refused_ > 0) tokens_ = std::min(burst_, tokens_ + rate_ * duration<double>(now - last_).count());
    last_ = now;
    if (tokens_ < 1) {
      ++refused_;
      return false;
    }
    tokens_ -= 1;
    ++accepted_;
    return true;
  }

  std::mutex mutex_;
  double rate_;
  double burst_;
  double tokens_;
  steady_clock::time_point last_ = steady_clock::now();
  std::atomic<int> accepted_{0};
  std::atomic<int> refused_{0};
  ScriptedServer server_;
};

TEST(Pacer, AThrottledHostSlowsEveryWorkerAndAllEndsWell) {
  BusyServer server(400, 20);
  constexpr int workers = 16;
  constexpr int each = 25;
  auto options = quick();
  options.pacer = std::make_shared<Pacer>();
  options.retry = {.attempts = 5, .first_delay = milliseconds(1), .longest_delay = milliseconds(100)};
  // Two clients, as two stores of one process have: they share the pacer.
  Client one(options);
  Client two(options);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back([&, i] {
      Client& client = i % 2 == 0 ? one : two;
      for (int k = 0; k < each; ++k) {
        good += client.send(request("GET", server.url())).read_body(100) == "ok" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, workers * each);
  EXPECT_EQ(server.accepted(), workers * each);
  // Each worker for itself would be refused several times for each success.
  EXPECT_LT(server.refused(), workers * each / 4);
  EXPECT_GT(server.refused(), 0);
}

TEST(Pacer, OtherHostsAreNotHeldUp) {
  ScriptedServer busy({answer(503, "", "Retry-After: 120\r\n")});
  ScriptedServer idle({answer(200)});
  auto options = quick();
  options.pacer = std::make_shared<Pacer>();
  options.retry = {.attempts = 1, .longest_delay = seconds(120)};
  Client client(options);
  client.send(request("GET", busy.url()));
  const auto begun = steady_clock::now();
  for (int i = 0; i < 50; ++i) client.send(request("GET", idle.url()));
  EXPECT_LT(steady_clock::now() - begun, seconds(60));
  auto held = request("GET", busy.url());
  held.deadline = seconds(30);
  EXPECT_THROW(client.send(held), TransportError) << "its turn would be later than that";
  EXPECT_EQ(busy.requests().size(), 1u);
}

TEST(Pacer, ATurnAfterTheDeadlineIsNotWaitedFor) {
  ScriptedServer server({answer(503, "", "Retry-After: 120\r\n")});
  auto options = quick();
  options.pacer = std::make_shared<Pacer>();
  options.retry = {.attempts = 1, .longest_delay = seconds(120)};
  Client client(options);
  EXPECT_EQ(client.send(request("GET", server.url())).status, 503);
  auto hurried = request("GET", server.url());
  hurried.deadline = seconds(60);
  const auto begun = steady_clock::now();
  try {
    client.send(hurried);
    FAIL() << "no error";
  } catch (const TransportError& error) {
    EXPECT_FALSE(error.may_have_acted());
    EXPECT_THAT(error.what(), ::testing::HasSubstr("asks for fewer requests"));
  }
  EXPECT_LT(steady_clock::now() - begun, seconds(40));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace wheelyard::http
