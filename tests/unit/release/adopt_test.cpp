#include "wheelyard/release/adopt.hpp"

#include <thread>

#include "legacy_bucket.hpp"
#include "pipeline_fixture.hpp"
#include "support/mortal_bucket.hpp"
#include <gmock/gmock.h>

namespace wheelyard::release {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<StoredState> adopt(PipelineFixture& fixture) {
  return release::adopt(fixture.states(), PipelineFixture::rules(), fixture.options(), app);
}

/// Version 1 in all ranks, 2 in two of them, 3 in the first.
void three_versions(store::ObjectStore& store) {
  const LegacyBucket bucket{store};
  bucket.push(app, "bytes of 1", "1");
  bucket.promote(app, "qa", "staging");
  bucket.promote(app, "staging", "production");
  bucket.push(app, "bytes of 2", "2");
  bucket.promote(app, "qa", "staging");
  bucket.push(app, "bytes of 3", "3");
}

TEST(Adopt, TakesEveryRankOver) {
  PipelineFixture fixture;
  three_versions(*fixture.store());
  const auto since = fixture.store()->head("production/" + app).last_modified;
  const auto stored = adopt(fixture);
  ASSERT_TRUE(stored);
  EXPECT_EQ(fixture.held("qa"), "3");
  EXPECT_EQ(fixture.held("staging"), "2");
  EXPECT_EQ(fixture.held("production"), "1");
  EXPECT_EQ(stored->state.standing("production")->since, since);
  EXPECT_EQ(fixture.broken_promise(), "");
  const auto history = fixture.pipeline().history({.name = app});
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].rank, "qa");
  EXPECT_EQ(history[2].rank, "production");
  EXPECT_EQ(history[2].action, Action::adopt);
  EXPECT_EQ(store::find_info(*fixture.store(), Layout("").adoption(app)), std::nullopt);
  // The archive that was there is used: nothing was copied.
  EXPECT_EQ(store::list_all(*fixture.store(), "archive/").size(), 3u);

  EXPECT_EQ(fixture.promote("production").manifest.version, "2");
  EXPECT_EQ(fixture.bytes("production/" + app), "bytes of 2");
  fixture.rollback("production");
  EXPECT_EQ(fixture.bytes("production/" + app), "bytes of 1");
  EXPECT_EQ(fixture.store()->head("production/" + app).metadata.at("version"), "1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Adopt, StepsDoItByThemselves) {
  const PipelineFixture fixture;
  three_versions(*fixture.store());
  EXPECT_EQ(fixture.promote("production").seq, 4u);
  EXPECT_EQ(fixture.held("production"), "2");
  EXPECT_EQ(fixture.push("4").seq, 5u);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Adopt, LeavesWhatIsNotThere) {
  PipelineFixture fixture;
  EXPECT_FALSE(adopt(fixture));
  LegacyBucket{*fixture.store()}.put("archive/1/" + app, "bytes", "1");
  EXPECT_FALSE(adopt(fixture));
  EXPECT_THAT(store::list_all(*fixture.store(), ".wheelyard/"), IsEmpty());
}

TEST(Adopt, ArchivesWhatIsNot) {
  PipelineFixture fixture;
  LegacyBucket{*fixture.store()}.put("staging/" + app, "bytes of 1", "1");
  ASSERT_TRUE(adopt(fixture));
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "bytes of 1");
  EXPECT_EQ(fixture.store()->head("archive/1/" + app).metadata.at("version"), "1");
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Adopt, NamesWhatHasNoVersion) {
  PipelineFixture fixture;
  const LegacyBucket bucket{*fixture.store()};
  bucket.put("qa/" + app, "bytes", "");
  bucket.put("staging/" + app, "bytes", "../x");
  ASSERT_TRUE(adopt(fixture));
  EXPECT_EQ(fixture.held("qa"), "sha256-" + sha256_hex("bytes").substr(0, 16));
  EXPECT_EQ(fixture.held("staging"), fixture.held("qa"));
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// s3p writes over a version: the archive has the later bytes, production the earlier ones.
TEST(Adopt, KeepsBytesWhoseVersionWasWrittenOver) {
  PipelineFixture fixture;
  const LegacyBucket bucket{*fixture.store()};
  bucket.push(app, "first", "1");
  bucket.promote(app, "qa", "staging");
  bucket.promote(app, "staging", "production");
  bucket.push(app, "second", "1");
  ASSERT_TRUE(adopt(fixture));
  EXPECT_EQ(fixture.held("qa"), "1");
  const auto other = "1-" + sha256_hex("first").substr(0, 12);
  EXPECT_EQ(fixture.held("production"), other);
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "second");
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.promote("staging");
  fixture.promote("production");
  EXPECT_EQ(fixture.bytes("production/" + app), "second");
  fixture.rollback("production", other);
  EXPECT_EQ(fixture.bytes("production/" + app), "first");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Adopt, VersionsOfTheSameBytesDoNotShareThem) {
  PipelineFixture fixture;
  const LegacyBucket bucket{*fixture.store()};
  for (const char* version : {"1", "2"})
    bucket.put("archive/" + std::string(version) + "/" + app, "of the archive", version);
  bucket.put("staging/" + app, "of the ranks", "1");
  bucket.put("qa/" + app, "of the ranks", "2");
  ASSERT_TRUE(adopt(fixture));
  fixture.promote("staging");
  fixture.pipeline().prune({.names = {app}, .keep = 0});
  EXPECT_EQ(fixture.held("staging"), "2");
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// The archive's bytes are nobody's: they stay, and the rank's are kept elsewhere.
TEST(Adopt, DoesNotTouchAnArchiveWithOtherBytes) {
  PipelineFixture fixture;
  const LegacyBucket bucket{*fixture.store()};
  bucket.put("qa/" + app, "of the rank", "1");
  bucket.put("archive/1/" + app, "of the archive", "1");
  ASSERT_TRUE(adopt(fixture));
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "of the archive");
  EXPECT_EQ(fixture.bytes(Layout("").kept(app, "1", sha256_hex("of the rank"), app)), "of the rank");
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.promote("staging");
  EXPECT_EQ(fixture.bytes("staging/" + app), "of the rank");
}

TEST(Adopt, FilesOfOtherReleasesAreNotTaken) {
  PipelineFixture fixture;
  fixture.push({{app, "a part"}, {"notes.txt", "notes"}}, "1", "bundle");
  EXPECT_FALSE(adopt(fixture));
  EXPECT_FALSE(fixture.pipeline().status(app));
  const auto claim = fixture.bytes(Layout("").file_claim(app));
  fixture.store()->remove(Layout("").file_claim(app));
  EXPECT_FALSE(adopt(fixture)) << "the metadata tells it too";
  fixture.store()->put(Layout("").file_claim(app), bytes_source(claim));
  // Nor where another program has written over them.
  LegacyBucket{*fixture.store()}.put("qa/" + app, "others", "7");
  EXPECT_FALSE(adopt(fixture));
  EXPECT_FALSE(fixture.pipeline().status(app));
}

TEST(Adopt, StatusLooksAndWritesNothing) {
  store::MemoryStoreOptions options;
  std::vector<std::string> writes;
  bool watched = false;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (watched && operation != "head" && operation != "list")
      writes.push_back(std::string(operation) + " " + std::string(key));
  };
  PipelineFixture fixture(store::make_memory_store(std::move(options)));
  three_versions(*fixture.store());
  watched = true;
  const auto status = fixture.pipeline().status(app);
  ASSERT_TRUE(status);
  ASSERT_EQ(status->ranks.size(), 3u);
  EXPECT_EQ(status->ranks[0].standing->release.version, "3");
  EXPECT_EQ(status->ranks[2].standing->release.version, "1");
  EXPECT_THAT(writes,
              testing::ElementsAre("get " + Layout("").state(app), "get " + Layout("").file_claim(app)));
}

TEST(Adopt, NamesAreThoseOfTheRanksToo) {
  const PipelineFixture fixture;
  const LegacyBucket legacy{*fixture.store()};
  legacy.push("old", "bytes", "7");
  legacy.promote("old", "qa", "staging");
  legacy.put("production/older", "x", "1");
  legacy.put("qa/folder/file", "x", "1");
  legacy.put("qa/.wheelyard-x", "x", "1");
  legacy.put("elsewhere/file", "x", "1");
  fixture.push({{"a", "1"}, {"b", "2"}}, "1", "suite");
  EXPECT_THAT(fixture.pipeline().names(), ElementsAre("old", "older", "suite"));
  const auto report = fixture.pipeline().status();
  const auto& statuses = report.names;
  EXPECT_EQ(report.left_out, 0u);
  ASSERT_EQ(statuses.size(), 3u);
  EXPECT_FALSE(statuses[0].adopted || statuses[1].adopted);
  EXPECT_TRUE(statuses[2].adopted);
  EXPECT_EQ(statuses[0].ranks[1].standing->release.version, "7");
  EXPECT_EQ(statuses[1].ranks[2].standing->release.version, "1");
  EXPECT_EQ(statuses[2].seq, 1u);
  fixture.pipeline().take_over("old");
  EXPECT_THAT(fixture.pipeline().names(), ElementsAre("old", "older", "suite"));
  EXPECT_TRUE(fixture.pipeline().status("old")->adopted);
}

/// However many files another program has put there.
TEST(Adopt, StatusLooksAtSoManyNamesOfOthers) {
  store::MemoryStoreOptions options;
  std::atomic<std::size_t> requests = 0;
  options.before = [&](std::string_view, std::string_view) { ++requests; };
  const PipelineFixture fixture(store::make_memory_store(std::move(options)));
  const LegacyBucket legacy{*fixture.store()};
  for (std::size_t i = 0; i < most_not_adopted + 25; ++i) legacy.put("qa/old-" + std::to_string(i), "x", "");
  fixture.push("1");
  requests = 0;
  const auto report = fixture.pipeline().status();
  EXPECT_EQ(report.left_out, 25u);
  EXPECT_EQ(report.names.size(), most_not_adopted + 1);
  EXPECT_TRUE(report.names.front().adopted) << "what was pushed is never left out";
  EXPECT_FALSE(report.names.back().ranks.front().behind);
  EXPECT_LE(requests, 5 * most_not_adopted + 20);
}

/// Two that hold files of which nobody knows the version need not hold the same.
TEST(Adopt, WhatHasNoVersionIsNotComparedByIt) {
  const PipelineFixture fixture;
  const LegacyBucket legacy{*fixture.store()};
  for (const auto* key : {"qa/old", "staging/old"}) legacy.put(key, key, "");
  legacy.push("new", "x", "1");
  legacy.promote("new", "qa", "staging");
  EXPECT_FALSE(fixture.pipeline().status("old")->ranks[1].behind);
  EXPECT_EQ(fixture.pipeline().status("new")->ranks[1].behind, 0u);
}

TEST(Adopt, LostStateIsNoLegacy) {
  PipelineFixture fixture;
  fixture.push("1");
  fixture.promote("staging");
  fixture.store()->remove(Layout("").state(app));
  try {
    adopt(fixture);
    ADD_FAILURE() << "adopted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupted);
    EXPECT_THAT(error.hint(), HasSubstr("--repair"));
  }
}

TEST(Adopt, FailuresAreNotAbsence) {
  for (const auto* const key : {"staging/app.tar.gz", ".wheelyard/releases/app.tar.gz/adoption.json"}) {
    store::MemoryStoreOptions options;
    bool denies = false;
    options.before = [&](std::string_view, std::string_view asked) {
      if (denies && asked == key) throw Error(ErrorCode::permission_denied, "read", key, "denied");
    };
    PipelineFixture fixture(store::make_memory_store(std::move(options)));
    three_versions(*fixture.store());
    denies = true;
    EXPECT_THROW(adopt(fixture), Error) << key;
    denies = false;
    EXPECT_FALSE(fixture.states().find(app));
  }
}

TEST(Adopt, ManyAtOnceAgree) {
  for (int round = 0; round < 20; ++round) {
    store::MemoryStoreOptions options;
    options.get_latency = options.put_latency = std::chrono::microseconds(50);
    PipelineFixture fixture(store::make_memory_store(std::move(options)));
    three_versions(*fixture.store());
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        const auto stored = adopt(fixture);
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->state.seq, 3u);
      });
    }
    threads.clear();
    ASSERT_EQ(fixture.broken_promise(), "");
    EXPECT_EQ(fixture.pipeline().history({.name = app}).size(), 3u);
  }
}

TEST(Adopt, KilledAtEveryRequestIsEndedByTheNext) {
  bool survived = false;
  for (const bool after : {false, true}) {
    survived = false;
    for (int request = 0; request < 200 && !survived; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      test_support::MortalBucket bucket;
      PipelineFixture fixture(bucket.store);
      three_versions(*bucket.store);
      survived = !bucket.killed_at(request, after, [&] { adopt(fixture); });
      const auto seen = fixture.states().find(app);
      EXPECT_TRUE(!seen || seen->state.seq == 3) << "half of the ranks";
      ASSERT_TRUE(adopt(fixture));
      EXPECT_EQ(fixture.promote("production").seq, 4u);
      EXPECT_EQ(fixture.broken_promise(), "");
    }
  }
  EXPECT_TRUE(survived);
}

std::optional<StoredState> adopt_change(PipelineFixture& fixture) {
  return release::adopt_change(fixture.states(), PipelineFixture::rules(), fixture.options(), app);
}

TEST(AdoptChange, TakesAForeignPushOver) {
  PipelineFixture fixture;
  EXPECT_FALSE(adopt_change(fixture));
  fixture.push("1");
  fixture.promote("staging");
  EXPECT_FALSE(adopt_change(fixture));
  LegacyBucket{*fixture.store()}.push(app, "bytes of 2", "2");
  ASSERT_TRUE(adopt_change(fixture));
  EXPECT_FALSE(adopt_change(fixture));
  EXPECT_EQ(fixture.held("qa"), "2");
  const auto last = fixture.pipeline().history({.name = app}).back();
  EXPECT_EQ(last.action, Action::adopt);
  EXPECT_EQ(last.from->version, "1");
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.promote("staging");
  EXPECT_EQ(fixture.bytes("staging/" + app), "bytes of 2");
  fixture.rollback("qa");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(AdoptChange, KnowsAVersionThatWasWrittenOver) {
  PipelineFixture fixture;
  fixture.push("1");
  LegacyBucket{*fixture.store()}.put("qa/" + app, "others", "1");
  ASSERT_TRUE(adopt_change(fixture));
  EXPECT_EQ(fixture.held("qa"), "1-" + sha256_hex("others").substr(0, 12));
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "bytes of 1");
  EXPECT_FALSE(adopt_change(fixture));
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(AdoptChange, SameBytesAndVersionAreNoChange) {
  PipelineFixture fixture;
  fixture.push("1");
  LegacyBucket{*fixture.store()}.push(app, "bytes of 1", "1");
  EXPECT_FALSE(adopt_change(fixture));
  EXPECT_EQ(fixture.states().get(app).state.seq, 1u);
}

TEST(AdoptChange, KilledAtEveryRequestIsEndedByTheNext) {
  for (const bool after : {false, true}) {
    bool survived = false;
    for (int request = 0; request < 100 && !survived; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      test_support::MortalBucket bucket;
      PipelineFixture fixture(bucket.store);
      fixture.push("1");
      LegacyBucket{*bucket.store}.put("qa/" + app, "bytes of 2", "2");
      survived = !bucket.killed_at(request, after, [&] { adopt_change(fixture); });
      EXPECT_EQ(fixture.broken_promise(app, false), "");
      adopt_change(fixture);
      EXPECT_EQ(fixture.held("qa"), "2");
      EXPECT_EQ(fixture.states().get(app).state.seq, 2u);
      EXPECT_EQ(fixture.broken_promise(), "");
    }
    EXPECT_TRUE(survived);
  }
}

}  // namespace
}  // namespace wheelyard::release
