#include <chrono>

#include "between_store.hpp"
#include "pipeline_fixture.hpp"
#include "support/interleaving.hpp"

namespace wheelyard::release {
namespace {

/// What comes of a client that is slower than others think: each of these was found by interleaving_test.cpp.

PipelineOptions named(const std::string& worker, const Clock& clock = now) {
  PipelineOptions options;
  options.worker = worker;
  options.clock = clock;
  options.is_gone = [](std::string_view other) { return other == "slow"; };
  return options;
}

Error denied() {
  return {ErrorCode::permission_denied, "write", "the bucket", "it is not allowed"};
}

bool is_put_of_state(std::string_view operation, std::string_view key) {
  return operation == "put" && key.ends_with("state.json");
}

TEST(StepsOvertaken, ApprovalIsNotUsedTwice) {
  BetweenStore between;
  auto rules = PipelineFixture::rules();
  rules.ranks[2].approvals = 1;
  const PipelineFixture fixture(between.store());
  for (const char* version : {"1", "2"}) {
    fixture.push(version);
    fixture.promote("staging");
    if (version == std::string("1")) fixture.promote("production");
  }
  const PipelineFixture bob(between.store(), {.caller = {.identity = "bob", .credential = {}, .run = {}}});
  bob.pipeline().approve({.name = app, .version = {}, .rank = "production", .from = {}, .note = {}});
  between.before([&](std::string_view operation, std::string_view key) {
    if (!is_put_of_state(operation, key)) return false;
    fixture.promote("production");
    fixture.rollback("production");
    return true;
  });
  Pipeline pipeline(between.store(), "", rules, fixture.options());
  EXPECT_EQ(refusal_of([&] { pipeline.promote({.name = app, .version = {}, .rank = "production"}); }),
            Refusal::gate);
  EXPECT_EQ(fixture.held("production"), "1");
}

TEST(StepsOvertaken, WhatWasPrunedMeanwhileIsNotTakenBackTo) {
  BetweenStore between;
  auto time = now();
  const Clock clock = [&] { return time; };
  const PipelineFixture fixture(between.store(), named("slow", clock));
  const PipelineFixture other(between.store(), named("quick", clock));
  fixture.push("1");
  fixture.promote("staging");
  fixture.push("2");
  between.before([&](std::string_view operation, std::string_view) {
    if (operation != "copy") return false;
    time += std::chrono::minutes(11);
    other.pipeline().prune({.names = {app}, .keep = 0});
    throw denied();
  });
  EXPECT_THROW(fixture.promote("staging"), Error);
  EXPECT_EQ(fixture.held("staging"), "2");
  EXPECT_EQ(fixture.broken_promise(app, false), "");
}

TEST(StepsOvertaken, FailureDoesNotSayThatNothingHasChanged) {
  BetweenStore between;
  const PipelineFixture fixture(between.store(), named("slow"));
  const PipelineFixture other(between.store(), named("quick"));
  for (const char* version : {"1", "2"}) {
    fixture.push(version);
    fixture.promote("staging");
  }
  fixture.push("3");
  between.before([&](std::string_view operation, std::string_view) {
    if (operation != "copy") return false;
    other.rollback("staging", "1");
    throw denied();
  });
  try {
    fixture.promote("staging");
    FAIL() << "it was denied";
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("nothing was taken back"), std::string::npos) << error.hint();
  }
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsOvertaken, CopyOfASlowOneThatDiesAfterItDoesNotStay) {
  BetweenStore between;
  auto time = now();
  const Clock clock = [&] { return time; };
  const PipelineFixture fixture(between.store(), named("slow", clock));
  const PipelineFixture other(between.store(), named("quick", clock));
  for (const char* version : {"1", "2"}) {
    other.push(version);
    other.promote("staging");
  }
  other.push("3");
  between.before([&](std::string_view operation, std::string_view) {
    if (operation != "copy") return false;
    other.push("4");  // and ends what the slow one has begun
    other.rollback("staging", "1");
    return true;
  });
  between.after([&](std::string_view operation, std::string_view) {
    if (operation != "copy" || other.held("staging") != "1" || other.bytes("staging/" + app) != "bytes of 3")
      return false;
    throw test_support::Killed();
  });
  EXPECT_THROW(fixture.promote("staging"), test_support::Killed);
  EXPECT_EQ(other.bytes("staging/" + app), "bytes of 3");
  time += std::chrono::minutes(11);
  other.push("5");
  EXPECT_EQ(other.bytes("staging/" + app), "bytes of 1");
  EXPECT_TRUE(other.states().get(app).state.intents.empty());
}

TEST(StepsOvertaken, TakeOverDoesNotBringBackWhatIsPruned) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  fixture.push("2");
  store::PutOptions options;
  options.metadata = {{"version", "1"}};
  between.store()->put("qa/" + app, bytes_source("bytes of 1"), options);
  between.before([&](std::string_view operation, std::string_view key) {
    if (!is_put_of_state(operation, key)) return false;
    fixture.pipeline().prune({.names = {app}, .keep = 0});
    return true;
  });
  EXPECT_EQ(refusal_of([&] { fixture.pipeline().take_over(app); }), Refusal::pruned);
  EXPECT_EQ(fixture.broken_promise(app, false), "");
  fixture.pipeline().take_over(app);
  EXPECT_TRUE(fixture.held("qa").starts_with("1-")) << fixture.held("qa");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsOvertaken, PushThatWasTakenOverReplacesNothing) {
  for (const auto& request : {"archive/2/" + app, Layout("").version(app, "2")}) {
    BetweenStore between;
    const PipelineFixture fixture(between.store(), named("slow"));
    const PipelineFixture other(between.store(), named("quick"));
    fixture.push("1");
    between.before([&](std::string_view, std::string_view key) {
      if (key != request) return false;
      other.push({{app, "OTHER BYTES"}}, "2");
      return true;
    });
    EXPECT_EQ(refusal_of([&] { fixture.push("2"); }), Refusal::being_pushed) << request;
    EXPECT_EQ(fixture.held("qa"), "2");
    EXPECT_EQ(fixture.broken_promise(), "") << request;
  }
}

}  // namespace
}  // namespace wheelyard::release
