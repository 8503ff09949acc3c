#include "wheelyard/release/prune.hpp"

#include <functional>
#include <mutex>
#include <thread>

#include "pipeline_fixture.hpp"
#include "support/mortal_bucket.hpp"
#include <gmock/gmock.h>

#include "wheelyard/release/editor.hpp"

namespace wheelyard::release {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> pruned(const PruneReport& report) {
  std::vector<std::string> versions;
  for (const auto& one : report.pruned) versions.push_back(one.release.version);
  return versions;
}

std::vector<std::string> archived(const PipelineFixture& fixture) {
  std::vector<std::string> versions;
  for (const auto& object : store::list_all(*fixture.store(), "archive/"))
    versions.push_back(object.key.substr(8, object.key.find('/', 8) - 8));
  return versions;
}

PruneRequest keep(std::size_t count) {
  return {.names = {app}, .keep = count, .older_than = {}, .dry_run = false, .progress = {}};
}

/// 1 in production; 2, 3, 4 and 5 in qa, one after the other.
void five_pushes(const PipelineFixture& fixture) {
  fixture.push("1");
  fixture.promote("staging");
  fixture.promote("production");
  for (const auto* const version : {"2", "3", "4", "5"}) fixture.push(version);
}

/// A bucket in which something else happens right before the n-th request of some work.
struct InterruptedBucket {
  int left = -1;     ///< requests until then; -1: never
  std::string only;  ///< of that kind; "": any
  std::function<void()> interruption;
  std::mutex mutex;
  std::shared_ptr<store::ObjectStore> store;

  InterruptedBucket() {
    store::MemoryStoreOptions options;
    options.before = [this](std::string_view operation, std::string_view) {
      if (!only.empty() && operation != only) return;
      {
        const std::scoped_lock lock(mutex);  // some requests are made by several threads at once
        if (left < 0 || left-- > 0) return;
      }
      interruption();
    };
    store = store::make_memory_store(std::move(options));
  }
};

TEST(Prune, KeepsWhatRanksHoldAndCanGoBackTo) {
  const PipelineFixture fixture;
  five_pushes(fixture);
  const auto report = fixture.pipeline().prune(keep(1));
  EXPECT_THAT(pruned(report), ElementsAre("2", "3"));
  EXPECT_EQ(report.pruned[0].size, 10u);
  EXPECT_EQ(report.pruned[0].files, 1u);
  EXPECT_EQ(report.kept, 3u);
  EXPECT_THAT(archived(fixture), ElementsAre("1", "4", "5"));
  EXPECT_TRUE(fixture.states().find_version(app, "2")->pruned);
  EXPECT_EQ(fixture.broken_promise(), "");
  const auto last = fixture.pipeline().history({.name = app}).back();
  EXPECT_EQ(last.action, Action::prune);
  EXPECT_EQ(last.pruned.size(), 2u);

  EXPECT_THAT(pruned(fixture.pipeline().prune(keep(1))), IsEmpty());
  fixture.rollback("qa");
  EXPECT_EQ(fixture.held("qa"), "4");
  EXPECT_EQ(refusal_of([&] { fixture.rollback("qa", "2"); }), Refusal::pruned);
  EXPECT_EQ(refusal_of([&] { fixture.push("2"); }), Refusal::pruned);
}

TEST(Prune, TheRulesSayHowManyWhereNobodyElseDoes) {
  const PipelineFixture fixture;
  five_pushes(fixture);
  EXPECT_THAT(pruned(fixture.pipeline().prune({})), IsEmpty());
  auto rules = PipelineFixture::rules();
  rules.keep = 0;
  EXPECT_THAT(pruned(Pipeline(fixture.store(), "", rules).prune({})), ElementsAre("2", "3", "4"));
}

TEST(Prune, DryRunWritesNothing) {
  const PipelineFixture fixture;
  five_pushes(fixture);
  const auto seq = fixture.states().get(app).state.seq;
  auto request = keep(0);
  request.dry_run = true;
  const auto report = fixture.pipeline().prune(request);
  EXPECT_THAT(pruned(report), ElementsAre("2", "3", "4"));
  EXPECT_EQ(report.kept, 2u);
  EXPECT_EQ(fixture.states().get(app).state.seq, seq);
  EXPECT_THAT(archived(fixture), ElementsAre("1", "2", "3", "4", "5"));
}

TEST(Prune, AgeCountsFromWhenNoRankHeldIt) {
  auto time = now();
  PipelineFixture fixture;
  fixture.options().clock = [&] { return time; };
  fixture.push("1");
  time += std::chrono::hours(10);
  fixture.push("2");
  time += std::chrono::hours(5);
  fixture.push("3");
  time += std::chrono::hours(1);
  auto request = keep(0);
  request.older_than = std::chrono::hours(7);
  EXPECT_THAT(pruned(fixture.pipeline().prune(request)), IsEmpty());
  request.older_than = std::chrono::hours(6);
  EXPECT_THAT(pruned(fixture.pipeline().prune(request)), ElementsAre("1"));
  request.older_than = std::chrono::seconds::max();
  EXPECT_THAT(pruned(fixture.pipeline().prune(request)), IsEmpty());
}

/// The state remembers 32 releases; who wants to keep more gets more, out of the history.
TEST(Prune, KeepsMoreThanTheStateRemembers) {
  const PipelineFixture fixture;
  for (int i = 0; i < 45; ++i) fixture.push(std::to_string(100 + i));
  EXPECT_THAT(pruned(fixture.pipeline().prune(keep(40))), ElementsAre("100", "101", "102", "103"));
  fixture.rollback("qa", "104");
  EXPECT_EQ(fixture.held("qa"), "104");
}

TEST(Prune, ManyAreGivenUpInSteps) {
  const PipelineFixture fixture;
  for (int i = 0; i < 60; ++i) fixture.push(std::to_string(100 + i));
  EXPECT_EQ(fixture.pipeline().prune(keep(1)).pruned.size(), 58u);
  EXPECT_THAT(archived(fixture), ElementsAre("158", "159"));
  EXPECT_EQ(fixture.states().get(app).state.seq, 62u);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Prune, WhatIsBeingPushedStays) {
  const PipelineFixture fixture;
  five_pushes(fixture);
  edit_state(fixture.states(), app, std::nullopt, [&](PipelineState& state) {
    Intent intent;
    intent.id = "x";
    intent.kind = Intent::Kind::push;
    intent.release = {"3", fixture.states().find_version(app, "3")->manifest.digest()};
    intent.since = now();
    intent.worker = "elsewhere/1/1";
    state.intents.push_back(intent);
    return Change{.changed = true, .entry = {}, .then = {}};
  });
  EXPECT_THAT(pruned(fixture.pipeline().prune(keep(0))), ElementsAre("2", "4"));
}

/// A rollback that cannot be completed is taken back: to what it left, which no rank holds meanwhile.
TEST(Prune, WhatAStepUnderWayWouldBeTakenBackToStays) {
  InterruptedBucket bucket;
  const PipelineFixture fixture(bucket.store);
  for (const auto* const version : {"1", "2", "3", "4"}) fixture.push(version);
  bool refused = false;
  bucket.only = "copy";
  bucket.interruption = [&] {
    if (refused) return;
    refused = true;
    EXPECT_THAT(pruned(fixture.pipeline().prune(keep(0))), IsEmpty());
    throw Error(ErrorCode::permission_denied, "copy", "it", "denied");
  };
  bucket.left = 0;
  EXPECT_THROW(fixture.rollback("qa", "1"), Error);
  EXPECT_TRUE(refused);
  EXPECT_EQ(fixture.held("qa"), "4");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Prune, NamesThatAreNotThere) {
  const PipelineFixture fixture;
  EXPECT_EQ(refusal_of([&] { fixture.pipeline().prune(keep(1)); }), Refusal::unknown_release);
  EXPECT_THAT(fixture.pipeline().prune({}).pruned, IsEmpty());
}

TEST(Prune, KilledAtEveryRequestIsEndedByTheNext) {
  for (const bool after : {false, true}) {
    bool survived = false;
    for (int request = 0; request < 200 && !survived; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      test_support::MortalBucket bucket;
      PipelineFixture fixture(bucket.store);
      five_pushes(fixture);
      survived = !bucket.killed_at(request, after, [&] { fixture.pipeline().prune(keep(1)); });
      EXPECT_EQ(fixture.broken_promise(app, false), "");
      // Later, so that what was begun counts as left behind.
      fixture.options().clock = [] { return now() + std::chrono::minutes(2); };
      fixture.pipeline().prune(keep(1));
      EXPECT_THAT(archived(fixture), ElementsAre("1", "4", "5"));
      EXPECT_EQ(fixture.broken_promise(), "");
      EXPECT_EQ(fixture.states().get(app).state.seq, 8u) << "one entry says so";
    }
    EXPECT_TRUE(survived);
  }
}

/// A version whose first push died, and that others have taken over with other files, leaves nothing behind.
TEST(Prune, TakesAlongWhatADeadPushOfTheVersionHasLeft) {
  bool survived = false;
  for (int request = 0; request < 200 && !survived; ++request) {
    SCOPED_TRACE(testing::Message() << "killed before request " << request);
    test_support::MortalBucket bucket;
    PipelineFixture fixture(bucket.store);
    fixture.options().is_gone = [](std::string_view) { return true; };
    fixture.push("1");
    const std::map<std::string, std::string> dead{{app, "dead"}, {"extra", "dead too"}};
    survived = !bucket.killed_at(request, false, [&] { fixture.push(dead, "2", app); });
    const auto refusal =
        refusal_of([&] { fixture.push({{app, "other"}, {"more", "than before"}}, "2", app); });
    EXPECT_TRUE(!refusal || *refusal == Refusal::version_taken);
    // Later, when nothing of the dead can be on its way any more.
    fixture.options().clock = [] { return now() + std::chrono::minutes(11); };
    fixture.push("3");
    EXPECT_THAT(pruned(fixture.pipeline().prune(keep(0))), ElementsAre("1", "2"));
    EXPECT_THAT(archived(fixture), ElementsAre("3"));
    EXPECT_THAT(store::list_all(*fixture.store(), Layout("").pushed(app)), IsEmpty());
    EXPECT_EQ(fixture.broken_promise(), "");
  }
  EXPECT_TRUE(survived);
}

struct Race {
  const char* name;
  std::function<void(const PipelineFixture&)> comeback;
  bool prune_is_interrupted;
};

class PruneRace : public ::testing::TestWithParam<Race> {};

/// Whoever brings an old release back while it is pruned either comes first, and it stays, or is refused.
TEST_P(PruneRace, KeepsTheBytesOfWhatCameBack) {
  const auto& race = GetParam();
  int came_back = 0;
  int refused = 0;
  bool interrupted = true;
  for (int request = 0; request < 100 && interrupted; ++request) {
    SCOPED_TRACE(testing::Message() << "before request " << request);
    InterruptedBucket bucket;
    const PipelineFixture fixture(bucket.store);
    for (const auto* const version : {"1", "2", "3"}) fixture.push(version);
    const auto come_back = [&] {
      const auto refusal = refusal_of([&] { race.comeback(fixture); });
      if (!refusal) return;
      ++refused;
      EXPECT_THAT(*refusal, testing::AnyOf(Refusal::pruned, Refusal::nothing_earlier));
    };
    const auto prune_all = [&] { fixture.pipeline().prune(keep(0)); };
    if (race.prune_is_interrupted) {
      bucket.interruption = come_back;
      bucket.left = request;
      prune_all();
    } else {
      bucket.interruption = prune_all;
      bucket.left = request;
      come_back();
    }
    interrupted = bucket.left < 0;
    bucket.left = -1;
    if (fixture.held("qa") == "1") ++came_back;
    EXPECT_EQ(fixture.broken_promise(), "");
  }
  EXPECT_FALSE(interrupted) << "all of its requests were tried";
  EXPECT_GT(came_back, 0);
  EXPECT_GT(refused, 0);
}

const auto by_rollback = [](const PipelineFixture& fixture) { fixture.rollback("qa", "1"); };
const auto by_push = [](const PipelineFixture& fixture) { fixture.push("1"); };
INSTANTIATE_TEST_SUITE_P(Interrupted, PruneRace,
                         ::testing::Values(Race{"PruneByRollback", by_rollback, true},
                                           Race{"PruneByPush", by_push, true},
                                           Race{"RollbackByPrune", by_rollback, false},
                                           Race{"PushByPrune", by_push, false}),
                         [](const auto& test) { return test.param.name; });

TEST(Prune, RacesWithRollbacksAndPushes) {
  for (int round = 0; round < 60; ++round) {
    store::MemoryStoreOptions options;
    options.get_latency = options.put_latency = std::chrono::microseconds(40);
    const PipelineFixture fixture(store::make_memory_store(std::move(options)));
    for (const auto* const version : {"1", "2", "3"}) fixture.push(version);
    {
      const std::jthread pruning([&] { fixture.pipeline().prune(keep(0)); });
      const std::jthread back([&] {
        const auto refusal = refusal_of([&] { round % 2 == 0 ? by_rollback(fixture) : by_push(fixture); });
        EXPECT_TRUE(!refusal || *refusal == Refusal::pruned || *refusal == Refusal::nothing_earlier)
            << to_string(*refusal);
      });
    }
    ASSERT_EQ(fixture.broken_promise(), "") << round;
  }
}

TEST(RemoveLeftovers, OnlyOfWhatNobodyHasOrPushes) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.push("2");
  const auto remove = [&](const std::string& version) {
    return remove_leftovers(fixture.states(), {}, app, version);
  };
  EXPECT_FALSE(remove("1"));
  EXPECT_FALSE(remove("2"));
  store::PutOptions options;
  options.metadata = {{"version", "3"}, {"release", app}, {"sha256", sha256_hex("dead")}};
  fixture.store()->put("archive/3/" + app, bytes_source("dead"), options);
  options.metadata["release"] = "other";
  fixture.store()->put("archive/3/other", bytes_source("others"), options);
  EXPECT_TRUE(remove("3"));
  EXPECT_EQ(fixture.bytes("archive/3/" + app), "");
  EXPECT_EQ(fixture.bytes("archive/3/other"), "others");
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.push({{app, "anew"}}, "3");
  EXPECT_EQ(fixture.bytes("qa/" + app), "anew");
}

}  // namespace
}  // namespace wheelyard::release
