#include <cstdlib>

#include "release_world.hpp"
#include <gtest/gtest-spi.h>

namespace wheelyard::release {
namespace {

using Client = World::Client;
using Work = std::function<void(Client&)>;

/// Clients whose requests are interleaved in every way that chance comes upon.
struct Scenario {
  const char* name;
  std::vector<Work> work;
  Setting setting;
  void (*prepare)(const PipelineFixture&) = nullptr;
};

/// qa 3 (before it 2, 1, 0), staging 2 (before it 1), production 1.
void prepare_ranks(const PipelineFixture& fixture) {
  fixture.push("0");
  fixture.push("1");
  fixture.promote("staging");
  fixture.promote("production");
  fixture.push("2");
  fixture.promote("staging");
  fixture.push("3");
}

/// The same, and "bob" has approved of staging's.
void prepare_approved(const PipelineFixture& fixture) {
  prepare_ranks(fixture);
  PipelineFixture bob(fixture.store(), {.caller = {.identity = "bob", .credential = {}, .run = {}}});
  bob.pipeline().approve({.name = app, .version = {}, .rank = "production", .from = {}, .note = {}});
}

/// The same, and a push of version 4 that died before its last swap.
void prepare_leftovers(const PipelineFixture& fixture) {
  prepare_ranks(fixture);
  const auto state = fixture.bytes(Layout("").state(app));
  fixture.push({{app, "four"}}, "4");
  fixture.store()->put(Layout("").state(app), bytes_source(state));
  fixture.store()->remove(Layout("").entry(app, 8));
}

/// As s3p leaves it.
void prepare_legacy(const PipelineFixture& fixture) {
  const auto put = [&](const std::string& key, const std::string& version) {
    store::PutOptions options;
    options.metadata = {{"version", version}};
    fixture.store()->put(key, bytes_source("bytes of " + version), options);
  };
  for (const char* version : {"1", "2"}) put("archive/" + std::string(version) + "/" + app, version);
  put("qa/" + app, "2");
  put("staging/" + app, "1");
}

void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

std::vector<Scenario> scenarios() {
  using test_support::FaultLimits;
  const auto none = FaultLimits{};
  const auto dying = FaultLimits{.deaths = 1};
  const auto losing = FaultLimits{.losses = 2};
  const auto denied = FaultLimits{.refusals = 1};
  const auto all = FaultLimits{.deaths = 1, .losses = 1, .refusals = 1, .leaps = 2};
  const auto known = [](FaultLimits limits) {
    return Setting{.liveness = Liveness::known, .limits = limits};
  };
  const auto unknown = [](FaultLimits limits) {
    return Setting{.liveness = Liveness::unknown, .limits = limits};
  };
  const auto suspected = [](FaultLimits limits) {
    return Setting{.liveness = Liveness::suspected, .limits = limits};
  };

  const Work push_4 = [](Client& client) { client.push("4", "four"); };
  const Work push_other_4 = [](Client& client) { client.push("4", "quatre"); };
  const Work push_5 = [](Client& client) { client.push("5", "five"); };
  const Work push_0 = [](Client& client) { client.push("0", "bytes of 0"); };
  const Work to_staging = [](Client& client) { client.promote("staging"); };
  const Work to_production = [](Client& client) { client.promote("production"); };
  const Work back_staging = [](Client& client) { client.rollback("staging"); };
  const Work back_qa_0 = [](Client& client) { client.rollback("qa", "0"); };
  const Work prune_all = [](Client& client) { client.prune(0); };
  const Work repair = [](Client& client) { client.repair(); };
  const Work read_staging = [](Client& client) { client.download("staging"); };

  std::vector<Scenario> all_of_them;
  const auto add = [&](const char* name, std::vector<Work> work, Setting setting) {
    all_of_them.push_back({name, std::move(work), std::move(setting), nullptr});
  };
  add("PushPushSameBytes", {push_4, push_4}, known(all));
  add("PushPushOtherBytes", {push_4, push_other_4}, known(all));
  add("PushPushOtherBytesSuspected", {push_4, push_other_4}, suspected(all));
  add("PushPushOtherVersions", {push_4, push_5}, unknown(all));
  add("PushPrune", {push_0, prune_all}, unknown(all));
  add("PushPruneKnown", {push_0, prune_all}, known(all));
  add("PromotePromoteOneRank", {to_staging, to_staging}, known(all));
  add("PromotePromoteTwoRanks", {to_staging, to_production}, unknown(all));
  add("PromoteRollback", {to_staging, back_staging}, unknown(dying));
  add("PromoteRollbackOfTheSource", {to_staging, [](Client& client) { client.rollback("qa"); }},
      unknown(losing));
  add("PromoteRollbackKnown", {to_staging, back_staging}, known(all));
  add("PromoteRollbackPush", {to_staging, back_staging, push_4}, unknown(losing));
  add("PromoteRollbackPromote", {to_staging, back_staging, to_staging}, suspected(all));
  add("RollbackPrune", {back_qa_0, prune_all}, known(all));
  add("RollbackPruneUnknown", {back_qa_0, prune_all}, unknown(all));
  add("PromotePrune", {to_staging, prune_all}, unknown(denied));
  add("PromotePruneKnown", {to_staging, prune_all, back_staging}, known(all));
  add("PushDeathsPush", {push_4, push_other_4, push_other_4}, known({.deaths = 2, .losses = 1}));
  add("RepairPush", {repair, push_4}, known(all));
  add("RepairPromoteRollback", {repair, to_staging, back_staging}, known(all));
  add("RepairPrune", {repair, prune_all, back_qa_0}, known(all));
  add("DownloadPromotePrune", {read_staging, to_staging, prune_all}, known(none));
  auto skewed = unknown(all);
  skewed.skew = std::chrono::seconds(120);
  add("SkewedPromoteRollback", {to_staging, back_staging}, skewed);
  add("SkewedRollbackPrunePush", {back_qa_0, prune_all, push_4}, skewed);
  const auto repeating = FaultLimits{.losses = 1, .repeats = 2};
  add("RepeatedPromoteRollbackPush", {to_staging, back_staging, push_4}, known(repeating));
  add("RepeatedPushPushPrune", {push_4, push_other_4, prune_all}, known(repeating));
  const auto dying_twice = FaultLimits{.deaths = 2, .leaps = 2};
  add("LateCopiesOfTheDead",
      {to_staging,
       [](Client& client) {
         client.promote("staging");
         client.rollback("staging");
       }},
      known(dying_twice));
  add("LateCopiesOfTheDeadElsewhere",
      {to_staging,
       [](Client& client) {
         client.promote("staging");
         client.rollback("staging");
       }},
      unknown(dying_twice));
  add("LateCopiesOfTheLiving",
      {[](Client& client) {
         client.promote("staging");
         client.promote("staging");
       },
       [](Client& client) {
         client.rollback("staging");
         client.promote("staging");
       }},
      known(losing));
  const auto add_prepared = [&](const char* name, void (*prepare)(const PipelineFixture&),
                                std::vector<Work> work, Setting setting) {
    all_of_them.push_back({name, std::move(work), std::move(setting), prepare});
  };
  auto approved = known(all);
  approved.rules.ranks[2].approvals = 1;
  add_prepared("Approvals", prepare_approved,
               {to_production,
                [](Client& client) {
                  client.promote("production");
                  client.rollback("production");
                }},
               approved);
  add_prepared("Leftovers", prepare_leftovers, {repair, push_other_4}, known(all));
  add_prepared("LeftoversSameBytes", prepare_leftovers, {repair, push_4}, unknown(all));
  add_prepared("LeftoversPushPush", prepare_leftovers, {push_other_4, push_5, push_4}, suspected(all));
  const Work take_over = [](Client& client) { client.take_over(); };
  const Work s3p_qa = [](Client& client) { client.write_by_s3p("qa", "9", "nine"); };
  add_prepared("AdoptPush", prepare_legacy, {push_4, take_over}, known(all));
  add_prepared("AdoptPromote", prepare_legacy, {to_production, take_over, push_5}, unknown(all));
  add_prepared("AdoptS3p", prepare_legacy, {take_over, s3p_qa, to_staging}, known(all));
  add("TakeOverPush", {take_over, s3p_qa, push_4}, known(all));
  add("TakeOverPrune",
      {[](Client& client) {
         client.write_by_s3p("qa", "0", "bytes of 0");
         client.take_over();
       },
       prune_all},
      known(all));
  add("RepairS3p", {repair, s3p_qa, to_staging}, known(all));
  const Work push_files = [](Client& client) {
    client.push_files("6", {{"app.tar.gz", "six"}, {"extra-6", "more"}});
  };
  const Work push_other_files = [](Client& client) {
    client.push_files("7", {{"app.tar.gz", "seven"}, {"extra-7", "more"}});
  };
  add("ManyFiles", {push_files, push_other_files}, known(all));
  add("ManyFilesRollback", {push_files, [](Client& client) { client.rollback("qa"); }, push_other_files},
      unknown(dying_twice));
  return all_of_them;
}

/// One schedule; whether all that is promised has held.
bool holds(const Scenario& scenario, const BucketImage& image, const Setting& setting,
           test_support::Decisions& decisions, const std::function<std::string()>& schedule) {
  World world(image, setting, decisions);
  for (std::size_t i = 0; i < scenario.work.size(); ++i)
    world.add(std::string(1, static_cast<char>('a' + i)), scenario.work[i]);
  const auto broken = world.run();
  if (broken.empty()) return true;
  ADD_FAILURE() << broken << "\n" << schedule() << "\n" << world.told();
  return false;
}

BucketImage image_of(const Scenario& scenario) {
  const PipelineFixture fixture(store::make_memory_store({.content_etags = true}));
  (scenario.prepare != nullptr ? scenario.prepare : prepare_ranks)(fixture);
  return BucketImage(*fixture.store());
}

/// Every schedule with up to so many turns from what would happen by itself.
void check_all(const Scenario& scenario, const Setting& setting, int turns) {
  const auto image = image_of(scenario);
  test_support::AllDecisions decisions(turns);
  do {
    if (!holds(scenario, image, setting, decisions, [&] { return "turns " + decisions.told(); })) return;
  } while (decisions.next());
}

class Interleaved : public testing::TestWithParam<Scenario> {};

TEST_P(Interleaved, HoldsWhereverOneGivesWayToAnother) {
  auto setting = GetParam().setting;
  setting.limits = {};
  const char* given = std::getenv("WHEELYARD_SCHEDULE_TURNS");
  check_all(GetParam(), setting, given == nullptr ? 1 : std::atoi(given));
}

TEST_P(Interleaved, HoldsBySchedulesOfChance) {
  const auto& scenario = GetParam();
  const auto image = image_of(scenario);
  const auto run = [&](std::uint64_t seed) {
    test_support::RandomDecisions decisions(seed);
    return holds(scenario, image, scenario.setting, decisions,
                 [&] { return "WHEELYARD_SCHEDULE=" + std::to_string(seed); });
  };
  if (const char* seed = std::getenv("WHEELYARD_SCHEDULE")) {
    run(std::strtoull(seed, nullptr, 10));
    return;
  }
  const char* given = std::getenv("WHEELYARD_SCHEDULES");
  const std::uint64_t count = given == nullptr ? 25 : std::strtoull(given, nullptr, 10);
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    if (!run(seed)) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Release, Interleaved, testing::ValuesIn(scenarios()),
                         [](const auto& test) { return std::string(test.param.name); });

/// Smaller ones, in every schedule of some depth.
Scenario between(std::vector<Work> work, Setting setting) {
  return {.name = "", .work = std::move(work), .setting = std::move(setting)};
}

const Work promote_staging = [](Client& client) { client.promote("staging"); };
const Work roll_staging_back = [](Client& client) { client.rollback("staging"); };

/// What is run under AllDecisions, and does not do the same again.
TEST(AllDecisions, ARunThatStraysFailsTheTest) {
  const auto other_alternatives = [] {
    test_support::AllDecisions decisions(1);
    decisions.choose(1, 0);
    decisions.choose(2, 0);
    while (decisions.next()) {
      decisions.choose(1, 0);
      decisions.choose(1, 0);
    }
  };
  EXPECT_NONFATAL_FAILURE(other_alternatives(), "there were 3 alternatives, and now there are 2; turns 1:1");
  const auto other_length = [] {
    test_support::AllDecisions decisions(1);
    decisions.choose(1, 0);
    decisions.choose(1, 0);
    while (decisions.next()) decisions.choose(1, 0);
  };
  EXPECT_NONFATAL_FAILURE(other_length(), "at decision 1 it has ended");
}

TEST(InterleavedAll, LostAnswerAtEveryRequestAndAnotherAfterIt) {
  const auto roll_qa_back = [](Client& client) { client.rollback("qa"); };
  const Setting setting{.liveness = Liveness::unknown, .limits = {.losses = 1}};
  check_all(between({promote_staging, roll_qa_back}, setting), setting, 2);
}

TEST(InterleavedAll, TwoTurnsOnOneRank) {
  const Setting setting{.liveness = Liveness::unknown};
  check_all(between({promote_staging, roll_staging_back}, setting), setting, 2);
}

TEST(InterleavedAll, TwoTurnsOfPushesOfOneVersion) {
  const auto push = [](const char* bytes) { return [bytes](Client& client) { client.push("4", bytes); }; };
  const Setting setting{.liveness = Liveness::suspected};
  check_all(between({push("four"), push("quatre")}, setting), setting, 2);
}

TEST(InterleavedAll, DeathAtEveryRequestOfAStepAndOthersAfterIt) {
  const auto go_on = [](Client& client) {
    client.promote("staging");
    client.rollback("staging");
  };
  const Setting setting{.liveness = Liveness::known, .limits = {.deaths = 1}};
  check_all(between({promote_staging, go_on}, setting), setting, 2);
}

TEST(InterleavedAll, DeathAtEveryRequestOfAPushAndAnotherAfterIt) {
  const auto push = [](Client& client) { client.push_files("6", {{app, "six"}, {"extra-6", "more"}}); };
  const auto other = [](Client& client) {
    client.push_files("6", {{app, "SIX"}, {"other-6", "more"}});
    client.rollback("qa");
  };
  const Setting setting{.liveness = Liveness::known, .limits = {.deaths = 1}};
  check_all(between({push, other}, setting), setting, 1);
}

TEST(InterleavedAll, DeathAtEveryRequestOfARepairAndAPushAfterIt) {
  auto scenario =
      between({[](Client& client) { client.repair(); }, [](Client& client) { client.push("4", "quatre"); }},
              {.liveness = Liveness::known, .limits = {.deaths = 1}});
  scenario.prepare = prepare_leftovers;
  check_all(scenario, scenario.setting, 1);
}

TEST(InterleavedAll, TwoTurnsOfARemovalOfLeftoversAndAPush) {
  auto scenario = between({[](Client& client) { client.remove_leftovers("4"); },
                           [](Client& client) { client.push("4", "four"); }},
                          {.liveness = Liveness::known});
  scenario.prepare = prepare_leftovers;
  check_all(scenario, scenario.setting, 2);
}

TEST(InterleavedAll, TwoTurnsOfATakeOverAndSteps) {
  const auto take_over = [](Client& client) { client.take_over(); };
  const auto push = [](Client& client) { client.push("4", "four"); };
  const auto back = [](Client& client) { client.rollback("qa"); };
  const Setting setting{.liveness = Liveness::known};
  check_all(between({take_over, push, back}, setting), setting, 2);
}

TEST(InterleavedAll, TwoTurnsOfADownloadAndWhatPrunesItsBytes) {
  const auto download = [](Client& client) { client.download("staging"); };
  const auto prune = [](Client& client) { client.prune(0); };
  const Setting setting{.liveness = Liveness::known};
  check_all(between({download, promote_staging, prune}, setting), setting, 2);
}

TEST(InterleavedAll, DeathAtEveryRequestOfAPruneAndAStepAfterIt) {
  const auto prune = [](Client& client) { client.prune(0); };
  const auto back = [](Client& client) { client.rollback("qa", "0"); };
  const Setting setting{.liveness = Liveness::known, .limits = {.deaths = 1}};
  check_all(between({prune, back}, setting), setting, 1);
}

}  // namespace
}  // namespace wheelyard::release
