#include "faulty_store.hpp"
#include "pipeline_fixture.hpp"

namespace wheelyard::release {
namespace {

using When = FaultyStore::When;

/// A step that is tried at every request of it, on a pipeline that has some releases already.
struct Case {
  const char* name;
  std::function<void(const PipelineFixture&)> step;
  const char* rank;
  const char* before;  ///< the version that the rank holds before it
  const char* after;
};

const Case cases[] = {
    {"push", [](const PipelineFixture& fixture) { fixture.push("4"); }, "qa", "3", "4"},
    {"promote", [](const PipelineFixture& fixture) { fixture.promote("staging"); }, "staging", "2", "3"},
    {"rollback", [](const PipelineFixture& fixture) { fixture.rollback("staging", "1"); }, "staging", "2",
     "1"},
};

PipelineOptions impatient() {
  PipelineOptions options;
  options.is_gone = [](std::string_view) { return true; };  // whoever begins after us finds us dead
  return options;
}

void prepare(const PipelineFixture& fixture) {
  for (const char* version : {"1", "2"}) {
    fixture.push(version);
    fixture.promote("staging");
  }
  fixture.push("3");
  fixture.promote("staging", "3");
  fixture.rollback("staging");
}

class EveryRequest : public testing::TestWithParam<std::tuple<std::size_t, When>> {
 protected:
  const Case& step() const { return cases[std::get<0>(GetParam())]; }
  When when() const { return std::get<1>(GetParam()); }

  /// Runs the step once for each of its requests, with `fault` there; `check` looks at what is left.
  void at_every_request(const std::function<void()>& fault,
                        const std::function<void(FaultyStore&, const PipelineFixture&, bool threw)>& check,
                        bool from_then_on = false) const {
    for (std::uint64_t number = 1;; ++number) {
      ASSERT_LT(number, 60u);
      FaultyStore faulty;
      const PipelineFixture fixture(faulty.store(), impatient());
      prepare(fixture);
      ASSERT_EQ(fixture.broken_promise(), "");
      bool threw = false;
      faulty.strike_at(number, when(), fault, from_then_on);
      try {
        step().step(fixture);
      } catch (const FaultyStore::Death&) {
        threw = true;
      } catch (const Error&) {
        threw = true;
      }
      const auto where = faulty.last_request();
      faulty.heal();
      if (!faulty.struck()) return;
      SCOPED_TRACE("request " + std::to_string(number) + ", the last was " + where);
      check(faulty, fixture, threw);
    }
  }
};

TEST_P(EveryRequest, NextCommandEndsWhatADeathLeft) {
  at_every_request([] { throw FaultyStore::Death(); },
                   [&](FaultyStore&, const PipelineFixture& fixture, bool) {
                     EXPECT_EQ(fixture.broken_promise(app, false), "");
                     const auto held = fixture.held(step().rank);
                     EXPECT_TRUE(held == step().before || held == step().after) << held;
                     fixture.push("5");
                     EXPECT_EQ(fixture.broken_promise(), "");
                     step().step(fixture);
                     EXPECT_EQ(fixture.held(step().rank),
                               std::string(step().name) == "promote" ? "5" : step().after);
                     EXPECT_EQ(fixture.broken_promise(), "");
                   });
}

TEST_P(EveryRequest, TheSameAgainGoesThroughAfterADeath) {
  at_every_request([] { throw FaultyStore::Death(); },
                   [&](FaultyStore&, const PipelineFixture& fixture, bool) {
                     step().step(fixture);
                     EXPECT_EQ(fixture.held(step().rank), step().after);
                     EXPECT_EQ(fixture.broken_promise(), "");
                   });
}

TEST_P(EveryRequest, AFailureThatPassesNeverHalves) {
  at_every_request([] { throw Error(ErrorCode::unavailable, "ask", "the server", "it does not answer"); },
                   [&](FaultyStore&, const PipelineFixture& fixture, bool threw) {
                     EXPECT_EQ(fixture.broken_promise(app, false), "");
                     const auto held = fixture.held(step().rank);
                     if (!threw) {
                       EXPECT_EQ(held, step().after);
                     }
                     const auto entries = fixture.pipeline().history({.name = app}).size();
                     step().step(fixture);
                     EXPECT_EQ(fixture.held(step().rank), step().after);
                     EXPECT_EQ(fixture.broken_promise(), "");
                     // What stood already is not done twice.
                     EXPECT_EQ(fixture.pipeline().history({.name = app}).size(),
                               entries + (held == step().after ? 0 : 1));
                   });
}

TEST_P(EveryRequest, ARefusalLeavesTheRankAsItWas) {
  at_every_request(
      [] { throw Error(ErrorCode::permission_denied, "write", "the bucket", "it is not allowed"); },
      [&](FaultyStore&, const PipelineFixture& fixture, bool threw) {
        EXPECT_TRUE(threw);
        const auto held = fixture.held(step().rank);
        if (when() == When::before) {
          // Only the swap that strikes the intent out may fail after all is done.
          EXPECT_EQ(held, step().before);
        }
        fixture.push("5");
        EXPECT_EQ(fixture.broken_promise(), "");
      });
}

TEST_P(EveryRequest, RefusedFromThereOnItIsMendedLater) {
  at_every_request(
      [] { throw Error(ErrorCode::permission_denied, "write", "the bucket", "it is not allowed"); },
      [&](FaultyStore&, const PipelineFixture& fixture, bool threw) {
        EXPECT_TRUE(threw);
        EXPECT_EQ(fixture.broken_promise(app, false), "");
        step().step(fixture);
        EXPECT_EQ(fixture.held(step().rank), step().after);
        EXPECT_EQ(fixture.broken_promise(), "");
      },
      true);
}

INSTANTIATE_TEST_SUITE_P(Steps, EveryRequest,
                         testing::Combine(testing::Range<std::size_t>(0, std::size(cases)),
                                          testing::Values(When::before, When::after)),
                         [](const auto& test) {
                           return std::string(cases[std::get<0>(test.param)].name) +
                                  (std::get<1>(test.param) == When::before ? "Before" : "After");
                         });

TEST(Requests, APromotionTakesFive) {
  FaultyStore faulty;
  const PipelineFixture fixture(faulty.store());
  prepare(fixture);
  faulty.count_anew();
  fixture.promote("staging", "3");
  EXPECT_EQ(faulty.requests(), 5u);
}

TEST(Requests, AndNoMoreHoweverLongTheHistory) {
  FaultyStore faulty;
  const PipelineFixture fixture(faulty.store());
  prepare(fixture);
  for (int i = 0; i < 100; ++i) {
    fixture.rollback("staging", "1");
    fixture.promote("staging", "3");
  }
  fixture.rollback("staging", "2");
  faulty.count_anew();
  fixture.promote("staging", "3");
  EXPECT_EQ(faulty.requests(), 5u);
}

TEST(Requests, AFileThatChangesItsNameTakesOneMore) {
  FaultyStore faulty;
  const PipelineFixture fixture(faulty.store());
  for (const char* version : {"1", "2"}) {
    fixture.push({{std::string("app-") + version, version}}, version, "app");
    faulty.count_anew();
    fixture.promote("staging", version, "app");
  }
  EXPECT_EQ(faulty.requests(), 6u);
}

TEST(Requests, AManifestOfManyFilesIsReadOnce) {
  FaultyStore faulty;
  const PipelineFixture fixture(faulty.store());
  std::map<std::string, std::string> files;
  for (int i = 0; i < 100; ++i) files["file-" + std::to_string(i)] = "bytes";
  fixture.push(files, "1", "many");
  ASSERT_TRUE(fixture.states().find("many")->state.ranks.at("qa").document.empty())
      << "too large for the state";
  faulty.count_anew();
  fixture.promote("staging", "1", "many");
  EXPECT_EQ(faulty.requests(), 5u + 99u + 1u);
}

}  // namespace
}  // namespace wheelyard::release
