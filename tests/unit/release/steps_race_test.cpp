#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "between_store.hpp"
#include "pipeline_fixture.hpp"

namespace wheelyard::release {
namespace {

struct Done {
  std::uint64_t seq = 0;
  std::chrono::steady_clock::time_point begin;
  std::chrono::steady_clock::time_point end;
};

/// Steps that succeeded must stand in the history in the order of real time.
void expect_real_time_order(std::vector<Done> done) {
  std::ranges::sort(done, {}, &Done::seq);
  auto latest_begin = done.front().begin;
  for (const auto& one : done) {
    EXPECT_GE(one.end, latest_begin) << "entry " << one.seq << " ended before an earlier one began";
    latest_begin = std::max(latest_begin, one.begin);
  }
}

TEST(StepsRace, ManyAtOnceOnOnePipeline) {
  const PipelineFixture fixture(store::make_memory_store(
      {.get_latency = std::chrono::microseconds(50), .put_latency = std::chrono::microseconds(100)}));
  fixture.push("0");
  std::mutex mutex;
  std::vector<Done> done;
  std::atomic<int> next{1};
  const auto work = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 25; ++i) {
      Done one;
      one.begin = std::chrono::steady_clock::now();
      try {
        StepReport report;
        switch (random() % 5) {
          case 0:
            report = fixture.push(std::to_string(next++));
            break;
          case 1:
            report = fixture.promote("staging");
            break;
          case 2:
            report = fixture.promote("production");
            break;
          case 3:
            report = fixture.rollback("staging");
            break;
          default:
            report = fixture.rollback("production");
        }
        one.end = std::chrono::steady_clock::now();
        if (report.outcome == StepReport::Outcome::unchanged) continue;
        one.seq = report.seq;
      } catch (const Refused&) {
        continue;
      }
      const std::scoped_lock lock(mutex);
      done.push_back(one);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 12; ++i) threads.emplace_back(work, i + 1);
  }
  EXPECT_EQ(fixture.broken_promise(), "");
  const auto entries = fixture.pipeline().history({.name = app});
  EXPECT_EQ(entries.size(), done.size() + 1);
  expect_real_time_order(std::move(done));
}

TEST(StepsRace, PushersOfOneVersionWithTheSameBytesAllSucceed) {
  const PipelineFixture fixture;
  std::atomic<int> steps{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        if (fixture.push("1").outcome != StepReport::Outcome::unchanged) ++steps;
      });
    }
  }
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsRace, PushersOfOneVersionWithOtherBytesLeaveOne) {
  const PipelineFixture fixture;
  std::atomic<int> succeeded{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        try {
          fixture.push({{app, "bytes " + std::to_string(i)}}, "1");
          ++succeeded;
        } catch (const Refused&) {
          return;
        }
      });
    }
  }
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsRace, WhatMovedOnIsNotPromoted) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "put" || !key.ends_with("state.json")) return false;
    fixture.push("2");
    return true;
  });
  EXPECT_EQ(refusal_of([&] { fixture.promote("staging"); }), Refusal::other_version);
  EXPECT_EQ(fixture.held("staging"), "");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsRace, TheSlowerCopyDoesNotWin) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  for (const char* version : {"1", "2"}) {
    fixture.push(version);
    fixture.promote("staging");
  }
  fixture.push("3");
  // Between the swap and the copy of ours, another comes, takes the rank on and is done.
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "copy") return false;
    (void)key;
    fixture.rollback("staging", "1");
    return true;
  });
  EXPECT_EQ(fixture.promote("staging").outcome, StepReport::Outcome::done);
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_EQ(fixture.bytes("staging/" + app), "bytes of 1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsRace, SecondRollbackOfTwoEngineersIsNotTaken) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  for (const char* version : {"1", "2", "3"}) fixture.push(version);
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "put" || !key.ends_with("state.json")) return false;
    fixture.rollback("qa");
    return true;
  });
  EXPECT_EQ(fixture.rollback("qa").outcome, StepReport::Outcome::unchanged);
  EXPECT_EQ(fixture.held("qa"), "2");
}

}  // namespace
}  // namespace wheelyard::release
