#include "pipeline_fixture.hpp"

namespace wheelyard::release {
namespace {

TEST(Steps, ReleaseGoesFromRankToRank) {
  const PipelineFixture fixture;
  const auto pushed = fixture.push("1");
  EXPECT_EQ(pushed.outcome, StepReport::Outcome::done);
  EXPECT_EQ(pushed.seq, 1u);
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 1");
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "bytes of 1");
  EXPECT_EQ(fixture.store()->head("qa/" + app).metadata.at("version"), "1");

  EXPECT_EQ(fixture.promote("staging").seq, 2u);
  const auto promoted = fixture.promote("production");
  EXPECT_EQ(promoted.source, "staging");
  EXPECT_EQ(promoted.manifest.version, "1");
  EXPECT_EQ(fixture.bytes("production/" + app), "bytes of 1");
  EXPECT_EQ(fixture.broken_promise(), "");

  const auto entries = fixture.pipeline().history({.name = app});
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[1].action, Action::promote);
  EXPECT_EQ(entries[1].source, "qa");
  EXPECT_EQ(entries[1].by.identity, "alice");
}

TEST(Steps, HistoryOfARankThatNobodyKnowsIsRefused) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.promote("staging");
  const auto in_rank = [&](Pipeline& pipeline, const std::string& rank) {
    return pipeline.history({.name = app, .rank = rank}).size();
  };
  auto pipeline = fixture.pipeline();
  EXPECT_EQ(in_rank(pipeline, "staging"), 1u);
  EXPECT_EQ(in_rank(pipeline, "production"), 0u);
  EXPECT_EQ(refusal_of([&] { in_rank(pipeline, "stagign"); }), Refusal::unknown_rank);
  Pipeline later(fixture.store(), "", rules_from_ranks("qa,production", "ranks"));
  EXPECT_EQ(in_rank(later, "staging"), 1u) << "the pipeline had it once";
}

TEST(Steps, SameAgainChangesNothing) {
  const PipelineFixture fixture;
  fixture.push("1");
  EXPECT_EQ(fixture.push("1").outcome, StepReport::Outcome::unchanged);
  fixture.promote("staging");
  const auto again = fixture.promote("staging");
  EXPECT_EQ(again.outcome, StepReport::Outcome::unchanged);
  EXPECT_EQ(again.seq, 2u);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Steps, VersionStandsForTheSameBytes) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.push("2");
  fixture.push("3");
  EXPECT_EQ(refusal_of([&] { fixture.push({{app, "others"}}, "1"); }), Refusal::version_taken);
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "bytes of 1");
  EXPECT_EQ(fixture.held("qa"), "3");
  EXPECT_EQ(fixture.push("1").outcome, StepReport::Outcome::done);  // an older one may come back
  EXPECT_EQ(fixture.held("qa"), "1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Steps, RanksAreNotSkipped) {
  const PipelineFixture fixture;
  EXPECT_EQ(refusal_of([&] { fixture.promote("staging"); }), Refusal::unknown_release);
  fixture.push("1");
  EXPECT_EQ(refusal_of([&] { fixture.promote("production"); }), Refusal::skipped_rank);
  EXPECT_EQ(refusal_of([&] { fixture.promote("moon"); }), Refusal::unknown_rank);
  EXPECT_EQ(refusal_of([&] { fixture.promote("qa"); }), Refusal::skipped_rank);
  fixture.promote("staging");
  fixture.push("2");
  EXPECT_EQ(refusal_of([&] { fixture.promote("production", "2"); }), Refusal::skipped_rank);
  EXPECT_EQ(refusal_of([&] { fixture.promote("staging", "3"); }), Refusal::other_version);
  EXPECT_EQ(fixture.held("production"), "");
}

TEST(Steps, WhoMaySkipSkips) {
  const PipelineFixture fixture;
  auto rules = PipelineFixture::rules();
  rules.ranks[2].may_skip = {"bob"};
  fixture.push("1");
  const PromoteRequest request{.name = app, .rank = "production", .from = "qa"};
  EXPECT_EQ(refusal_of([&] { Pipeline(fixture.store(), "", rules, {.caller = {"alice"}}).promote(request); }),
            Refusal::skipped_rank);
  Pipeline(fixture.store(), "", rules, {.caller = {"bob"}}).promote(request);
  EXPECT_EQ(fixture.held("production"), "1");
  EXPECT_EQ(fixture.pipeline().history({.name = app}).back().skipped, std::vector<std::string>{"staging"});
}

TEST(Steps, WhatIsNamedAndThereAlreadyNeedsNoSource) {
  const PipelineFixture fixture;
  const auto digest = fixture.push("1").manifest.digest();
  fixture.promote("staging");
  fixture.push("2");
  const auto again = [&](const std::string& version, const std::string& expected) {
    return fixture.pipeline().promote(
        {.name = app, .version = version, .rank = "staging", .from = {}, .expect_digest = expected});
  };
  EXPECT_EQ(again("1", "").outcome, StepReport::Outcome::unchanged);
  EXPECT_EQ(again("", digest).outcome, StepReport::Outcome::unchanged);
  EXPECT_EQ(again("", sha256_hex("bytes of 1")).outcome, StepReport::Outcome::unchanged);
  EXPECT_EQ(refusal_of([&] { again("1", sha256_hex("bytes of 2")); }), Refusal::other_version);
  EXPECT_EQ(refusal_of([&] { again("3", ""); }), Refusal::other_version);
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_EQ(again("2", "").outcome, StepReport::Outcome::done);
}

TEST(Steps, PromotionIsPinnedToADigest) {
  const PipelineFixture fixture;
  const auto pushed = fixture.push("1");
  const auto promote = [&](const std::string& digest) {
    return fixture.pipeline().promote({.name = app, .rank = "staging", .expect_digest = digest});
  };
  EXPECT_EQ(refusal_of([&] { promote(sha256_hex("others")); }), Refusal::other_version);
  for (const auto& no_digest :
       {pushed.manifest.digest().substr(0, 12), std::string("null"), std::string(64, 'g')})
    EXPECT_THROW(promote(no_digest), Error) << no_digest;
  EXPECT_EQ(fixture.held("staging"), "");
  EXPECT_EQ(promote("sha256:" + sha256_hex("bytes of 1")).outcome, StepReport::Outcome::done);
  EXPECT_EQ(promote(pushed.manifest.digest()).outcome, StepReport::Outcome::unchanged);
}

TEST(Steps, RollingBackTwiceGoesBackTwo) {
  const PipelineFixture fixture;
  for (const char* version : {"1", "2", "3"}) {
    fixture.push(version);
    fixture.promote("staging");
  }
  EXPECT_EQ(fixture.rollback("staging").manifest.version, "2");
  EXPECT_EQ(fixture.bytes("staging/" + app), "bytes of 2");
  EXPECT_EQ(fixture.rollback("staging").manifest.version, "1");
  EXPECT_EQ(refusal_of([&] { fixture.rollback("staging"); }), Refusal::nothing_earlier);
  EXPECT_EQ(fixture.rollback("staging", "3").manifest.version, "3");
  EXPECT_EQ(fixture.rollback("staging").manifest.version, "1");
  EXPECT_EQ(refusal_of([&] { fixture.rollback("staging", "4"); }), Refusal::nothing_earlier);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Steps, FilesOfAnEarlierReleaseGo) {
  const PipelineFixture fixture;
  fixture.push({{"app-1.tar.gz", "1"}, {"notes", "first"}}, "1", "app");
  fixture.push({{"app-2.tar.gz", "2"}, {"notes", "second"}}, "2", "app");
  EXPECT_EQ(fixture.bytes("qa/app-1.tar.gz"), "");
  EXPECT_EQ(fixture.bytes("qa/app-2.tar.gz"), "2");
  EXPECT_EQ(fixture.bytes("qa/notes"), "second");
  EXPECT_EQ(fixture.bytes("archive/1/app-1.tar.gz"), "1");
  EXPECT_EQ(fixture.broken_promise("app"), "");
}

TEST(Steps, ManyFilesThatChangeTheirNames) {
  const PipelineFixture fixture;
  const auto files = [](const std::string& version) {
    std::map<std::string, std::string> all;
    for (int i = 0; i < 40; ++i) all["f" + std::to_string(i) + "-" + version] = version + std::to_string(i);
    return all;
  };
  fixture.push(files("1"), "1", "app");
  fixture.push(files("2"), "2", "app");
  EXPECT_EQ(store::list_all(*fixture.store(), "qa/").size(), 40u);
  EXPECT_EQ(fixture.broken_promise("app"), "");
}

TEST(Steps, FileNamesBelongToOneRelease) {
  const PipelineFixture fixture;
  fixture.push({{"notes", "a"}, {"a", "a"}}, "1", "first");
  EXPECT_EQ(refusal_of([&] { fixture.push({{"notes", "b"}}, "2", "second"); }), Refusal::file_taken);
  EXPECT_EQ(refusal_of([&] { fixture.push({{"notes", "b"}}, "2"); }), Refusal::file_taken);
  EXPECT_EQ(fixture.bytes("qa/notes"), "a");
}

TEST(Steps, BadNamesAreRefused) {
  const PipelineFixture fixture;
  const auto code = [&](const std::function<void()>& step) {
    try {
      step();
    } catch (const Error& error) {
      return std::string(to_string(error.code()));
    }
    return std::string("none");
  };
  for (const char* version : {"..", ".", "a/b", "../x", "a\nb", " ", "1 "})
    EXPECT_EQ(code([&] { fixture.push(version); }), "invalid_argument") << version;
  EXPECT_EQ(code([&] { fixture.push({{"archive", "x"}}, "1"); }), "invalid_argument");
  EXPECT_EQ(code([&] { fixture.push({{"a", "x"}, {"b", "x"}}, "1"); }), "invalid_argument");
  EXPECT_EQ(code([&] { fixture.pipeline().push({.files = {"/nowhere/at/all"}}); }), "not_found");
  EXPECT_EQ(code([&] { fixture.pipeline().push({.files = {"/tmp"}}); }), "invalid_argument");
  EXPECT_TRUE(store::list_all(*fixture.store(), "").empty());
}

TEST(Steps, WithoutAVersionItIsRandom) {
  const PipelineFixture fixture;
  const auto report = fixture.push("");
  EXPECT_EQ(report.manifest.version.size(), 36u);
  EXPECT_NE(fixture.push({{app, "bytes of "}}, "").manifest.version, report.manifest.version);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Steps, StatusTellsWhatIsWhereAndHowFarBehind) {
  const PipelineFixture fixture;
  for (const char* version : {"1", "2", "3"}) {
    fixture.push(version);
    if (std::string(version) == "1") fixture.promote("staging");
  }
  const auto status = fixture.pipeline().status(app);
  ASSERT_TRUE(status);
  ASSERT_EQ(status->ranks.size(), 3u);
  EXPECT_EQ(status->ranks[0].standing->release.version, "3");
  EXPECT_EQ(status->ranks[1].standing->release.version, "1");
  EXPECT_EQ(status->ranks[1].behind, 2u);
  EXPECT_FALSE(status->ranks[2].standing);
  EXPECT_TRUE(status->ranks[0].settled);
  EXPECT_FALSE(fixture.pipeline().status("nobody"));
}

}  // namespace
}  // namespace wheelyard::release
