#include "between_store.hpp"
#include "pipeline_fixture.hpp"
#include <gmock/gmock.h>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/lay_out.hpp"
#include "wheelyard/store/open_store.hpp"

namespace wheelyard::release {
namespace {

bool is_state_put(std::string_view operation, std::string_view key) {
  return operation == "put" && key.ends_with("/state.json");
}

std::optional<ErrorCode> code_of(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

void overwrite(const PipelineFixture& fixture, const std::string& key, const std::string& text) {
  fixture.store()->put(key, bytes_source(text));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(StepsGuard, StepWhoseAnswerWasLostHappensOnce) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  fixture.promote("staging");
  fixture.push("2");
  // The swap takes effect; before its answer is known to be lost, somebody rolls the rank back.
  between.after([&](std::string_view operation, std::string_view key) {
    if (!is_state_put(operation, key)) return false;
    fixture.rollback("staging", "1");
    throw Error(ErrorCode::precondition_failed, "write", "the state", "it is another one by now");
    return true;
  });
  EXPECT_EQ(fixture.promote("staging").seq, 4u);
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_EQ(fixture.pipeline().history({.name = app}).size(), 5u);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, WhoIsStillCopyingIsToldToCopyAgain) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  fixture.push("2");
  // Ours has copied and is about to strike its intent out, when a slower one's copy of an older release
  // arrives, which tells us so and leaves.
  int puts = 0;
  between.before([&](std::string_view operation, std::string_view key) {
    if (!is_state_put(operation, key) || ++puts < 2) return false;
    fixture.store()->copy("archive/2/" + app, "qa/" + app);
    auto stored = fixture.states().get(app);
    for (auto& intent : stored.state.intents) intent.again = true;
    EXPECT_TRUE(fixture.states().swap(stored));
    return true;
  });
  fixture.rollback("qa");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, FilesOfASlowerOneGoToo) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push({{"all", "0"}}, "0", "app");
  // Between the swap of ours and its copies, another release takes the rank and settles; then our copies
  // come.
  between.before([&](std::string_view operation, std::string_view) {
    if (operation != "copy") return false;
    fixture.push({{"all", "2"}}, "2", "app");
    return true;
  });
  fixture.push({{"all", "1"}, {"only-1", "1"}}, "1", "app");
  EXPECT_EQ(fixture.held("qa", "app"), "2");
  EXPECT_EQ(fixture.bytes("qa/only-1"), "");
  EXPECT_EQ(fixture.bytes("qa/all"), "2");
  EXPECT_EQ(fixture.broken_promise("app"), "");
}

TEST(StepsGuard, IntentOfAPushWhoseAnswerWasLostIsStruckOut) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  between.after([&](std::string_view operation, std::string_view key) {
    if (!is_state_put(operation, key)) return false;
    throw Error(ErrorCode::precondition_failed, "write", "the state", "it is another one by now");
    return true;
  });
  fixture.push("1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, UndoIsTheInverse) {
  PipelineState state;
  std::uint64_t seq = 0;
  const auto step = [&](Action action, const std::string& version) {
    Entry entry{.seq = ++seq, .action = action, .rank = "qa"};
    if (!version.empty()) entry.to = Reference{version, version};
    apply(state, entry);
  };
  const auto versions = [&] {
    std::string all;
    if (const auto& current = state.ranks["qa"].current) all = current->release.version;
    all += ":";
    for (const auto& standing : state.ranks["qa"].earlier) all += standing.release.version;
    return all;
  };
  for (const char* version : {"a", "b", "c", "d"}) step(Action::push, version);
  ASSERT_EQ(versions(), "d:cba");
  step(Action::rollback, "a");
  EXPECT_EQ(versions(), "a:");
  step(Action::undo, "d");
  EXPECT_EQ(versions(), "d:cba");
  step(Action::push, "b");
  EXPECT_EQ(versions(), "b:dca");
  step(Action::undo, "d");
  EXPECT_EQ(versions(), "d:cba");
  step(Action::rollback, "c");
  step(Action::push, "e");
  EXPECT_EQ(versions(), "e:cba");
  for (int i = 0; i < 40; ++i) step(Action::push, std::to_string(i));
  const auto before = versions();
  step(Action::push, "f");
  EXPECT_EQ(state.ranks["qa"].earlier.size(), earlier_limit);
  step(Action::undo, "39");
  EXPECT_EQ(versions(), before);
}

class StepsBesideTheDead : public ::testing::TestWithParam<ErrorCode> {};

TEST_P(StepsBesideTheDead, AreKeptFromNothingByWhatCannotBeEnded) {
  bool denied = false;
  const PipelineOptions options{.is_gone = [](std::string_view) { return true; }};
  const auto store =
      store::make_memory_store({.before = [&](std::string_view operation, std::string_view key) {
        if (denied && operation == "copy" && key.find("staging/") != std::string_view::npos)
          throw Error(GetParam(), "write", std::string(key), "the test says so");
      }});
  const PipelineFixture fixture(store, options);
  fixture.push("1");
  auto stored = fixture.states().get(app);
  Entry entry{.seq = 2,
              .action = Action::promote,
              .rank = "staging",
              .to = stored.state.standing("qa")->release,
              .source = "qa"};
  edit_state(fixture.states(), app, std::nullopt, [&](PipelineState&) {
    return Change{.changed = true, .entry = entry, .then = [&](PipelineState& state) {
                    add_lay_out(state, "staging", std::nullopt, fixture.options());
                  }};
  });
  denied = true;
  EXPECT_EQ(fixture.push("2").outcome, StepReport::Outcome::done);
  const auto intents = [&] { return fixture.states().get(app).state.intents.size(); };
  EXPECT_EQ(intents(), 1u);
  for (int i = 0; i < 3; ++i) {
    const auto report = fixture.pipeline().verify({.names = {}, .repair = true, .progress = {}});
    ASSERT_EQ(report.problems.size(), 1u);
    EXPECT_EQ(report.problems[0].kind, "pending");
    EXPECT_EQ(report.problems[0].state, Problem::State::cannot_repair);
    EXPECT_THAT(report.problems[0].action, ::testing::HasSubstr("the test says so"));
    EXPECT_EQ(intents(), 1u) << "whoever tries in vain leaves nothing of his own";
  }
  denied = false;
  fixture.push("3");
  EXPECT_EQ(fixture.broken_promise(), "");
}

INSTANTIATE_TEST_SUITE_P(Errors, StepsBesideTheDead,
                         ::testing::Values(ErrorCode::permission_denied, ErrorCode::unavailable,
                                           ErrorCode::not_found, ErrorCode::corrupted),
                         [](const auto& test) { return std::string(to_string(test.param)); });

/// What could not be read again is not written: it would take the whole name with it.
TEST(StepsGuard, WhatIsTooLongForTheStateIsRefused) {
  const PipelineFixture fixture;
  fixture.push("1");
  const std::string note(10'001, 'n');
  const auto expect_refused = [](const std::function<void()>& step) {
    EXPECT_EQ(code_of(step), ErrorCode::invalid_argument);
  };
  auto pipeline = fixture.pipeline();
  expect_refused([&] { pipeline.promote({.name = app, .rank = "staging", .note = note}); });
  expect_refused([&] { pipeline.approve({.name = app, .rank = "staging", .note = note}); });
  expect_refused([&] { pipeline.rollback({.name = app, .rank = "qa", .note = note}); });
  expect_refused([&] { pipeline.push({.files = {"none"}, .version = "2", .note = note, .progress = {}}); });
  pipeline.promote({.name = app, .rank = "staging", .note = note.substr(1)});
  EXPECT_EQ(pipeline.history({.name = app}).back().note.size(), 10'000u);
  expect_refused([&] {
    fixture.states().put_document("x", std::string(most_document_bytes + 1, 'x'), store::PutMode::create());
  });
  EXPECT_FALSE(store::find_info(*fixture.store(), "x"));
}

/// A push has died while its bytes were laid out, and now they are lost: there is a way back all the same.
TEST(StepsGuard, LostBytesOfTheDeadKeepNobodyFromRollingBack) {
  PipelineFixture fixture(store::make_memory_store(), {.is_gone = [](std::string_view) { return true; }});
  fixture.push("1");
  fixture.promote("staging");
  fixture.push("2");
  fixture.push("3");
  edit_state(fixture.states(), app, std::nullopt, [&](PipelineState& state) {
    add_lay_out(state, "qa", fixture.states().held(state, "qa"), fixture.options());
    return Change{.changed = true};
  });
  fixture.store()->remove("archive/3/" + app);
  fixture.store()->remove("qa/" + app);
  fixture.promote("production");
  EXPECT_EQ(fixture.held("production"), "1");
  fixture.pipeline().prune({.names = {app}, .keep = 0, .progress = {}});
  EXPECT_EQ(fixture.states().get(app).state.intents.size(), 1u);
  EXPECT_EQ(fixture.pipeline().status(app)->intents.size(), 1u);
  fixture.rollback("qa", "1");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 1");
  EXPECT_EQ(fixture.states().get(app).state.intents.size(), 1u) << "a late copy is still kept in mind";
  EXPECT_TRUE(fixture.pipeline().status(app)->intents.empty()) << "and nobody is at work";
  fixture.options().clock = [] { return now() + std::chrono::minutes(11); };
  fixture.push("4");
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// Who may not delete what a dead prune was to delete can take other steps.
TEST(StepsGuard, APruneThatCannotBeEndedKeepsNobodyFromAStep) {
  bool denied = false;
  const PipelineOptions options{.is_gone = [](std::string_view) { return true; }};
  const auto store = store::make_memory_store({.before = [&](std::string_view operation, std::string_view) {
    if (denied && operation == "remove_many")
      throw Error(ErrorCode::permission_denied, "remove", "it", "the test says so");
  }});
  const PipelineFixture fixture(store, options);
  for (const auto* const version : {"1", "2", "3"}) fixture.push(version);
  denied = true;
  EXPECT_THROW(fixture.pipeline().prune({.names = {app}, .keep = 0, .progress = {}}), Error);
  EXPECT_EQ(fixture.promote("staging").outcome, StepReport::Outcome::done);
  EXPECT_EQ(fixture.states().get(app).state.intents.size(), 2u);
  denied = false;
  fixture.promote("production");
  EXPECT_EQ(fixture.broken_promise(), "");
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "");
}

TEST(StepsGuard, OfAllThatCannotBeEndedVerifyTellsTheReason) {
  bool denied = false;
  const PipelineOptions options{.is_gone = [](std::string_view) { return true; }};
  const auto store = store::make_memory_store({.before = [&](std::string_view operation, std::string_view) {
    if (denied && (operation == "copy" || operation == "remove_many"))
      throw Error(ErrorCode::permission_denied, "do", "it", "no " + std::string(operation));
  }});
  const PipelineFixture fixture(store, options);
  for (const auto* const version : {"1", "2", "3"}) fixture.push(version);
  denied = true;
  EXPECT_THROW(fixture.pipeline().prune({.names = {app}, .keep = 0, .progress = {}}), Error);
  edit_state(fixture.states(), app, std::nullopt, [&](PipelineState& state) {
    add_lay_out(state, "qa", fixture.states().held(state, "qa"), fixture.options());
    return Change{.changed = true};
  });
  fixture.store()->remove("qa/" + app);
  std::map<std::string, std::string> told;
  for (const auto& problem :
       fixture.pipeline().verify({.names = {}, .repair = true, .progress = {}}).problems)
    if (problem.kind == "pending") told[problem.item] = problem.action;
  using ::testing::HasSubstr;
  using ::testing::Pair;
  EXPECT_THAT(
      told, ::testing::ElementsAre(Pair("1", HasSubstr("no remove_many")),
                                   Pair("2", HasSubstr("no remove_many")), Pair("qa", HasSubstr("no copy"))));
}

TEST(StepsGuard, PushWhoseIntentIsGoneDoesNotCommit) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "put" || !key.ends_with("versions/2.json")) return false;
    auto stored = fixture.states().get(app);
    stored.state.intents.clear();
    EXPECT_TRUE(fixture.states().swap(stored));
    return true;
  });
  EXPECT_EQ(refusal_of([&] { fixture.push("2"); }), Refusal::being_pushed);
  EXPECT_EQ(fixture.held("qa"), "1");
}

TEST(StepsGuard, OthersWhoPushTheVersionAreNotOverruled) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  std::optional<Refusal> other;
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "put" || !key.starts_with("archive/2/")) return false;
    other = refusal_of([&] { fixture.push({{app, "others"}}, "2"); });
    return true;
  });
  fixture.push("2");
  EXPECT_EQ(other, Refusal::being_pushed);
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 2");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, TakingAPushOverEndsIt) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  test_support::ScratchFolder scratch;
  between.before([&](std::string_view operation, std::string_view key) {
    if (operation != "put" || !key.ends_with("versions/2.json")) return false;
    fixture.pipeline().push({.files = {scratch.write(app, "others")}, .version = "2", .take_over = true});
    return true;
  });
  EXPECT_EQ(refusal_of([&] { fixture.push("2"); }), Refusal::being_pushed);
  EXPECT_EQ(fixture.bytes("qa/" + app), "others");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, RankThatMovedOnIsNotRolledBack) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  for (const char* version : {"1", "2"}) fixture.push(version);
  between.before([&](std::string_view operation, std::string_view key) {
    if (!is_state_put(operation, key)) return false;
    fixture.push("3");
    return true;
  });
  EXPECT_EQ(refusal_of([&] { fixture.rollback("qa"); }), Refusal::other_version);
  EXPECT_EQ(fixture.held("qa"), "3");
}

TEST(StepsGuard, NoTwoStatesHaveTheSameBytes) {
  // Else an ETag could come again, and a swap that is late with it.
  const PipelineFixture fixture;
  fixture.push("1");
  const auto key = Layout("").state(app);
  const auto before = fixture.bytes(key);
  auto stored = *fixture.states().find(app);
  ASSERT_TRUE(fixture.states().swap(stored));
  EXPECT_NE(fixture.bytes(key), before);
}

TEST(StepsGuard, LostStateIsNotAnEmptyOne) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.promote("staging");
  fixture.store()->remove(Layout("").state(app));
  EXPECT_EQ(code_of([&] { fixture.push("2"); }), ErrorCode::corrupted);
}

TEST(StepsGuard, StateThatCannotBeReadIsLeftAlone) {
  const PipelineFixture fixture;
  fixture.push("1");
  const auto key = Layout("").state(app);
  for (const char* text : {"", "{", "[]", "{}", R"({"format":2})"}) {
    overwrite(fixture, key, text);
    EXPECT_EQ(code_of([&] { fixture.push("2"); }), ErrorCode::corrupted) << text;
    EXPECT_EQ(code_of([&] { fixture.pipeline().status(app); }), ErrorCode::corrupted) << text;
    EXPECT_EQ(fixture.bytes(key), text);
  }
}

TEST(StepsGuard, FileThatChangesIsNotStored) {
  BetweenStore between;
  const PipelineFixture fixture(between.store());
  fixture.push("1");
  test_support::ScratchFolder scratch;
  const auto path = scratch.write(app, "bytes of 2");
  between.before([&](std::string_view operation, std::string_view key) {
    if (!is_state_put(operation, key)) return false;
    scratch.write(app, "bytes of X");
    return true;
  });
  EXPECT_EQ(code_of([&] { fixture.pipeline().push({.files = {path}, .version = "2"}); }),
            ErrorCode::corrupted);
  EXPECT_EQ(fixture.bytes("archive/2/" + app), "");
  EXPECT_EQ(fixture.held("qa"), "1");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, OtherProgramsArchiveIsNotOverwritten) {
  const PipelineFixture fixture;
  fixture.store()->put("archive/1/" + app, bytes_source("BYTES OF 1"));
  EXPECT_EQ(refusal_of([&] { fixture.push("1"); }), Refusal::version_taken);
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "BYTES OF 1");
  fixture.store()->put("archive/2/" + app, bytes_source("bytes of 2"));
  EXPECT_EQ(fixture.push("2").outcome, StepReport::Outcome::done);
}

TEST(StepsGuard, WhatADeadPushLeftIsNotUsed) {
  const PipelineFixture fixture;
  store::PutOptions options;
  options.metadata = {{"release", app}, {"version", "1"}, {"sha256", sha256_hex("BYTES OF 1")}};
  fixture.store()->put("archive/1/" + app, bytes_source("BYTES OF 1"), options);
  fixture.push("1");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 1");
  EXPECT_EQ(fixture.broken_promise(), "");
  // Who wrote it may still be at it: it is left to those who clear away what nobody uses.
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "BYTES OF 1");
  fixture.pipeline().verify({.names = {}, .repair = true});
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "");
  EXPECT_TRUE(fixture.pipeline().verify({.names = {}, .deep = true}).problems.empty());
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.push("2");
  fixture.pipeline().prune({.names = {}, .keep = 0});
  EXPECT_TRUE(store::list_all(*fixture.store(), Layout("").pushed(app)).empty());
}

TEST(StepsGuard, WhatDeadPushesLeftInPlacesOfTheirOwnIsClearedAway) {
  const PipelineFixture fixture;
  fixture.push("1");
  const auto own = Layout("").pushed(app, "2", "dead", app);
  fixture.store()->put(own, bytes_source("BYTES OF 2"));
  fixture.push("2");
  const auto settled = Layout("").pushed(app, "1", "dead", app);
  fixture.store()->put(settled, bytes_source("BYTES OF 1"));
  const auto report = fixture.pipeline().verify({.names = {app}, .repair = true});
  EXPECT_EQ(report.problems.size(), 2u);
  EXPECT_EQ(fixture.bytes(own), "");
  EXPECT_EQ(fixture.bytes(settled), "");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, InAFolderTooWhatADeadPushLeftIsNotUsedAndOthersIsNotTouched) {
  test_support::ScratchFolder bucket;
  const PipelineFixture fixture(store::open_store(bucket.path().string()).store,
                                {.is_gone = [](std::string_view) { return true; }});
  fixture.push("1");
  // A push that died after its bytes and before its swap.
  fixture.push({{app, "BYTES OF 2"}}, "2");
  auto stored = fixture.states().get(app);
  stored.state.ranks["qa"] = {.current = stored.state.ranks["qa"].earlier.front()};
  ASSERT_TRUE(fixture.states().swap(stored));
  fixture.store()->remove(Layout("").version(app, "2"));
  fixture.push("2");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 2");

  fixture.store()->put("archive/3/" + app, bytes_source("BYTES OF 3"));
  EXPECT_EQ(refusal_of([&] { fixture.push("3"); }), Refusal::version_taken);
  EXPECT_EQ(refusal_of([&] { fixture.push("3"); }), Refusal::version_taken);
  EXPECT_EQ(fixture.bytes("archive/3/" + app), "BYTES OF 3");
}

TEST(StepsGuard, DocumentOfOtherBytesIsNotPromoted) {
  const PipelineFixture fixture;
  std::map<std::string, std::string> files;
  for (int i = 0; i < 40; ++i) files["file" + std::to_string(i)] = "x";  // too many to ride in the state
  fixture.push(files, "1", "app");
  VersionDocument other{
      .manifest = {.name = "app", .version = "1", .files = {{.name = "file0", .size = 1, .sha256 = "00"}}}};
  overwrite(fixture, Layout("").version("app", "1"), to_json(other));
  EXPECT_EQ(code_of([&] { fixture.promote("staging", "", "app"); }), ErrorCode::corrupted);
  EXPECT_EQ(fixture.held("staging", "app"), "");
}

TEST(StepsGuard, ReplacedBytesAreNotPromoted) {
  const PipelineFixture fixture;
  fixture.push("1");
  overwrite(fixture, "archive/1/" + app, "bytes of X");
  EXPECT_EQ(code_of([&] { fixture.promote("staging"); }), ErrorCode::corrupted);
  EXPECT_EQ(fixture.held("staging"), "");
  EXPECT_EQ(fixture.bytes("staging/" + app), "");
  EXPECT_EQ(fixture.pipeline().history({.name = app}).back().action, Action::undo);
}

/// Nobody has to be asked again for what did not happen.
TEST(StepsGuard, APromotionThatIsTakenBackGivesItsApprovalsBack) {
  PipelineFixture fixture;
  auto rules = PipelineFixture::rules();
  rules.ranks[1].approvals = 2;
  const auto as = [&](const std::string& identity) {
    auto options = fixture.options();
    options.caller.identity = identity;
    return Pipeline(fixture.store(), "", rules, options);
  };
  const auto approve = [&](const std::string& identity, const std::string& rank) {
    as(identity).approve({.name = app, .version = {}, .rank = rank, .from = {}, .note = "by " + identity});
  };
  const auto promote = [&] { as("alice").promote({.name = app, .version = {}, .rank = "staging"}); };
  fixture.push("1");
  for (const auto* identity : {"bob", "carol"}) approve(identity, "staging");
  const auto before = fixture.states().get(app).state.approvals;
  ASSERT_EQ(before.size(), 2u);
  overwrite(fixture, "archive/1/" + app, "bytes of X");
  EXPECT_EQ(code_of(promote), ErrorCode::corrupted);
  EXPECT_EQ(fixture.states().get(app).state.approvals, before);
  EXPECT_EQ(fixture.pipeline().history({.name = app}).back().approvals, before);
  EXPECT_TRUE(fixture.pipeline().verify({.names = {app}}).problems.size() == 1) << "the bytes alone";
  overwrite(fixture, "archive/1/" + app, "bytes of 1");
  promote();
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_TRUE(fixture.states().get(app).state.approvals.empty()) << "and now they are used up";
  EXPECT_TRUE(fixture.pipeline().verify({.names = {app}}).clean());
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, AnApprovalThatWasGivenAgainMeanwhileCountsOnce) {
  const Reference release{"1", "1"};
  const Approval bob{.rank = "qa", .release = release, .by = {.identity = "bob"}};
  const Approval carol{.rank = "qa", .release = release, .by = {.identity = "carol"}};
  const Approval other{.rank = "qa", .release = {"2", "2"}, .by = {.identity = "bob"}};
  PipelineState state;
  state.approvals = {other, bob, carol};
  Entry promote{.seq = 1, .action = Action::promote, .rank = "qa", .to = release};
  const auto used = used_approvals(state, promote);
  EXPECT_EQ(used, (std::vector{bob, carol}));
  apply(state, promote);
  EXPECT_EQ(state.approvals, std::vector{other});
  apply(state, {.seq = 2, .action = Action::approve, .rank = "qa", .to = release, .by = {.identity = "bob"}});
  apply(state, {.seq = 3, .action = Action::undo, .rank = "qa", .undone = 1, .approvals = used});
  EXPECT_EQ(state.approvals, (std::vector{other, bob, carol}));
}

TEST(StepsGuard, SameBytesWithAnotherETagArePromoted) {
  const PipelineFixture fixture;
  fixture.push("1");
  auto stored = fixture.states().get(app);
  auto& document = stored.state.ranks["qa"].document;
  document = replaced(document, "\"etag\":\"", "\"etag\":\"of-another-bucket-");
  ASSERT_TRUE(fixture.states().swap(stored));
  EXPECT_EQ(fixture.promote("staging").outcome, StepReport::Outcome::done);
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(StepsGuard, ChangedHistoryIsNoticed) {
  const PipelineFixture fixture;
  for (const char* version : {"1", "2", "3"}) fixture.push(version);
  const auto key = Layout("").entry(app, 2);
  const auto text = fixture.bytes(key);
  overwrite(fixture, key, replaced(text, "alice", "mallo"));
  EXPECT_EQ(code_of([&] { fixture.pipeline().history({.name = app}); }), ErrorCode::corrupted);
  fixture.store()->remove(key);
  EXPECT_EQ(code_of([&] { fixture.pipeline().history({.name = app}); }), ErrorCode::corrupted);
  overwrite(fixture, key, text);
  EXPECT_EQ(fixture.pipeline().history({.name = app}).size(), 3u);
}

TEST(StepsGuard, DeadIntentOfAnOlderReleaseLingersUntilNoCopyCanComeLate) {
  auto store = store::make_memory_store();
  TimePoint time = now();
  PipelineOptions options;
  options.clock = [&] { return time; };
  options.is_gone = [](std::string_view worker) { return worker == "dead"; };
  const PipelineFixture fixture(store, options);
  for (const char* version : {"1", "2"}) fixture.push(version);
  auto stored = fixture.states().get(app);
  stored.state.intents.push_back({.id = "d",
                                  .kind = Intent::Kind::lay_out,
                                  .rank = "qa",
                                  .seq = 1,
                                  .release = {"1", ""},
                                  .since = time,
                                  .worker = "dead"});
  ASSERT_TRUE(fixture.states().swap(stored));
  fixture.push("3");
  EXPECT_EQ(fixture.states().get(app).state.intents.size(), 1u);
  EXPECT_TRUE(fixture.pipeline().status(app)->ranks[0].settled);
  // The copy of the dead one arrives after all.
  store->copy("archive/1/" + app, "qa/" + app);
  time += std::chrono::minutes(11);
  fixture.promote("staging");
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 3");
  EXPECT_EQ(fixture.broken_promise(), "");
}

}  // namespace
}  // namespace wheelyard::release
