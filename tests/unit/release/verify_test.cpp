#include <algorithm>
#include <atomic>
#include <thread>

#include "legacy_bucket.hpp"
#include "pipeline_fixture.hpp"
#include "support/mortal_bucket.hpp"
#include <gmock/gmock.h>

#include "wheelyard/release/adopt.hpp"
#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/worker.hpp"
#include "wheelyard/store/local/local_store.hpp"

namespace wheelyard::release {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const VerifyRequest look{};
const VerifyRequest look_deep{.names = {}, .deep = true, .repair = false, .progress = {}};
const VerifyRequest repair{.names = {}, .deep = false, .repair = true, .progress = {}};
const VerifyRequest repair_deep{.names = {}, .deep = true, .repair = true, .progress = {}};

/// "kind item state", for each problem.
std::vector<std::string> words(const VerifyReport& report) {
  std::vector<std::string> all;
  for (const auto& problem : report.problems)
    all.push_back(problem.kind + " " + problem.item.substr(problem.item.rfind('/') + 1) + " " +
                  std::string(to_string(problem.state)));
  return all;
}

std::vector<std::string> told(const VerifyReport& report) {
  std::vector<std::string> all;
  for (const auto& problem : report.problems) {
    all.push_back(problem.kind + " " + problem.item + ": " + problem.detail + "; " + problem.action + " (" +
                  std::string(to_string(problem.state)) + ")");
  }
  return all;
}

/// 1 in production, 2 in staging, 3 in qa.
void three_steps(const PipelineFixture& fixture) {
  fixture.push("1");
  fixture.promote("staging");
  fixture.promote("production");
  fixture.push("2");
  fixture.promote("staging");
  fixture.push("3");
}

void overwrite(const PipelineFixture& fixture, const std::string& key, const std::string& bytes) {
  const auto info = fixture.store()->head(key);
  fixture.store()->put(key, bytes_source(bytes), fixture.store()->attributes_of(info));
}

std::vector<std::string> keys_with(const PipelineFixture& fixture, const std::string& part) {
  std::vector<std::string> keys;
  for (const auto& object : store::list_all(*fixture.store(), "")) {
    if (object.key.find(part) != std::string::npos) keys.push_back(object.key);
  }
  return keys;
}

/// Finds just that, repairs it, and finds nothing after that.
void expect_repaired(const PipelineFixture& fixture, const std::vector<std::string>& found,
                     const VerifyRequest& request = repair) {
  auto seen = request;
  seen.repair = false;
  const auto before = fixture.pipeline().verify(seen);
  std::vector<std::string> expected;
  for (const auto& one : found) expected.push_back(one + " found");
  EXPECT_THAT(words(before), testing::UnorderedElementsAreArray(expected))
      << testing::PrintToString(told(before));
  EXPECT_FALSE(before.clean());
  const auto repaired = fixture.pipeline().verify(request);
  EXPECT_TRUE(repaired.clean()) << testing::PrintToString(told(repaired));
  EXPECT_THAT(words(repaired).size(), found.size());
  const auto after = fixture.pipeline().verify(look_deep);
  EXPECT_THAT(told(after), IsEmpty());
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// Finds just that, and cannot repair it.
void expect_lasting(const PipelineFixture& fixture, const std::vector<std::string>& found) {
  for (const auto& request : {look, repair}) {
    const auto report = fixture.pipeline().verify(request);
    std::vector<std::string> expected;
    for (const auto& one : found) expected.push_back(one + " cannot_repair");
    EXPECT_THAT(words(report), testing::UnorderedElementsAreArray(expected))
        << testing::PrintToString(told(report));
    for (const auto& problem : report.problems) EXPECT_NE(problem.action, "");
    EXPECT_FALSE(report.clean());
  }
}

TEST(Verify, FindsNothingWhereNothingIsWrong) {
  const PipelineFixture fixture;
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty());
  three_steps(fixture);
  fixture.rollback("staging");
  fixture.pipeline().approve({.name = app, .version = "1", .rank = "production", .from = {}, .note = {}});
  fixture.push({{"a.bin", "a"}, {"b.bin", "b"}}, "1", "bundle");
  fixture.push({{"a.bin", "A"}, {"c.bin", "c"}}, "2", "bundle");
  const auto report = fixture.pipeline().verify(look);
  EXPECT_THAT(told(report), IsEmpty());
  EXPECT_EQ(report.names, 2u);
  EXPECT_EQ(report.entries, 10u);
  EXPECT_EQ(report.versions, 5u);
  EXPECT_EQ(report.files, 7u);
  EXPECT_EQ(report.bytes_read, 0u);
  const auto deep = fixture.pipeline().verify(look_deep);
  EXPECT_THAT(told(deep), IsEmpty());
  EXPECT_GT(deep.bytes_read, 0u);
  fixture.pipeline().prune({.names = {}, .keep = 0, .older_than = {}, .dry_run = false, .progress = {}});
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  EXPECT_EQ(refusal_of([&] { fixture.pipeline().verify({.names = {"nobody"}}); }), Refusal::unknown_release);
  EXPECT_EQ(fixture.pipeline().verify({.names = {"bundle"}}).names, 1u);
}

TEST(Verify, MissingEntry) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove(Layout("").entry(app, 2));
  fixture.store()->remove(Layout("").entry(app, 3));
  expect_lasting(fixture, {"history_gap 2-3"});
}

TEST(Verify, ChangedEntry) {
  const PipelineFixture fixture;
  three_steps(fixture);
  const auto key = Layout("").entry(app, 3);
  auto entry = entry_from_json(fixture.bytes(key), "it");
  entry.by.identity = "mallory";
  fixture.store()->put(key, bytes_source(to_json(entry)));
  expect_lasting(fixture, {"history_changed 3"});
  fixture.store()->put(key, bytes_source("no entry at all"));
  expect_lasting(fixture, {"history_changed 3"});
}

TEST(Verify, FirstEntryThatIsNotTheFirst) {
  const PipelineFixture fixture;
  fixture.push("1");
  edit_state(fixture.states(), app, std::nullopt, [](PipelineState& state) {
    auto entry = entry_from_json(state.last_entry, "it");
    entry.previous = sha256_hex("what was before");
    state.last_entry = to_json(entry);
    return Change{.changed = true, .entry = {}, .then = {}};
  });
  fixture.store()->put(Layout("").entry(app, 1), bytes_source(fixture.states().get(app).state.last_entry));
  expect_lasting(fixture, {"history_changed 1"});
}

/// A chain that fits, made by somebody who wrote it anew: what cannot have been is still told.
TEST(Verify, HistoryThatMakesNoSense) {
  const PipelineFixture fixture;
  three_steps(fixture);
  auto state = fixture.states().get(app);
  std::string previous;
  for (std::uint64_t seq = 1; seq <= 6; ++seq) {
    auto entry = entry_from_json(fixture.bytes(Layout("").entry(app, seq)), "it");
    if (seq == 5) entry.to = Reference{"1", fixture.states().find_version(app, "1")->manifest.digest()};
    entry.previous = previous;
    const auto text = to_json(entry);
    previous = sha256_hex(text);
    fixture.store()->put(Layout("").entry(app, seq), bytes_source(text));
    state.state.last_entry = text;
  }
  ASSERT_TRUE(fixture.states().swap(state));
  expect_lasting(fixture, {"history_changed 5"});
}

TEST(Verify, LastEntryWithoutObject) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove(Layout("").entry(app, 6));
  expect_repaired(fixture, {"history_gap 6"});
}

/// The state holds it until the next step.
TEST(Verify, LastEntryThatIsNotWrittenYet) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.pipeline().approve({.name = app, .version = {}, .rank = "staging", .from = {}, .note = {}});
  ASSERT_FALSE(store::find_info(*fixture.store(), Layout("").entry(app, 2)));
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty());
  EXPECT_THAT(told(fixture.pipeline().verify(repair)), IsEmpty());
  EXPECT_TRUE(store::find_info(*fixture.store(), Layout("").entry(app, 2)));
}

TEST(Verify, LastEntryThatIsNotTheStates) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->put(Layout("").entry(app, 6), bytes_source("{}"));
  expect_repaired(fixture, {"history_changed 6"});
}

TEST(Verify, StateAgainstTheHistory) {
  const PipelineFixture fixture;
  three_steps(fixture);
  edit_state(fixture.states(), app, std::nullopt, [](PipelineState& state) {
    state.ranks["production"].current = state.ranks["staging"].current;
    state.ranks["production"].document.clear();
    state.ranks["qa"].earlier.clear();
    state.approvals.push_back({});
    return Change{.changed = true, .entry = {}, .then = {}};
  });
  const auto report = fixture.pipeline().verify(look);
  EXPECT_THAT(words(report), testing::IsSupersetOf({"state_differs production cannot_repair",
                                                    "state_differs qa cannot_repair",
                                                    "state_differs approvals cannot_repair"}));
  // The advice that is given helps.
  fixture.store()->remove(Layout("").state(app));
  EXPECT_TRUE(fixture.pipeline().verify(repair).clean());
  EXPECT_EQ(fixture.held("production"), "1");
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
}

TEST(Verify, OldStatePutBack) {
  const PipelineFixture fixture;
  three_steps(fixture);
  const auto old = fixture.bytes(Layout("").state(app));
  fixture.push("4");
  fixture.store()->put(Layout("").state(app), bytes_source(old));
  EXPECT_THAT(words(fixture.pipeline().verify(look)), Contains("state_differs state.json cannot_repair"));
}

TEST(Verify, LostStateIsMadeAnew) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.pipeline().approve({.name = app, .version = {}, .rank = "production", .from = {}, .note = {}});
  fixture.rollback("staging");
  const auto before = fixture.states().get(app).state;
  fixture.store()->remove(Layout("").state(app));
  EXPECT_THAT(words(fixture.pipeline().verify(look)), ElementsAre("state_missing state.json found"));
  const auto report = fixture.pipeline().verify(repair);
  EXPECT_TRUE(report.clean()) << testing::PrintToString(told(report));
  const auto after = fixture.states().get(app).state;
  EXPECT_EQ(after.seq, before.seq);
  EXPECT_EQ(after.last_entry, before.last_entry);
  EXPECT_EQ(after.order, before.order);
  EXPECT_EQ(after.approvals, before.approvals);
  EXPECT_EQ(after.standing("staging")->release, before.standing("staging")->release);
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  EXPECT_EQ(fixture.broken_promise(), "");
  fixture.push("4");
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Verify, LostStateWithABrokenHistoryIsLeft) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove(Layout("").state(app));
  fixture.store()->remove(Layout("").entry(app, 4));
  expect_lasting(fixture, {"state_missing state.json", "history_gap 4"});
  EXPECT_FALSE(fixture.states().find(app));
}

TEST(Verify, UnreadableStateIsKeptAndMadeAnew) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->put(Layout("").state(app), bytes_source("garbage"));
  EXPECT_THAT(words(fixture.pipeline().verify(look)), ElementsAre("unreadable state.json found"));
  EXPECT_TRUE(fixture.pipeline().verify(repair).clean());
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  EXPECT_EQ(fixture.broken_promise(), "");
  const auto damaged = keys_with(fixture, "/damaged/");
  ASSERT_EQ(damaged.size(), 1u);
  EXPECT_EQ(fixture.bytes(damaged[0]), "garbage");
}

TEST(Verify, StateOfALaterVersionIsNotTouched) {
  const PipelineFixture fixture;
  three_steps(fixture);
  const std::string later = R"({"format":2,"name":"app.tar.gz"})";
  fixture.store()->put(Layout("").state(app), bytes_source(later));
  expect_lasting(fixture, {"unreadable state.json"});
  EXPECT_EQ(fixture.bytes(Layout("").state(app)), later);
}

TEST(Verify, VersionDocumentIsMadeAnew) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove(Layout("").version(app, "3"));  // the state holds it
  expect_repaired(fixture, {"version_missing 3"});
  for (const auto* const version : {"4", "5"}) fixture.push(version);
  fixture.store()->remove(Layout("").version(app, "4"));  // the archive tells
  expect_repaired(fixture, {"version_missing 4"});
  fixture.store()->put(Layout("").version(app, "4"), bytes_source("{"));
  expect_repaired(fixture, {"version_differs 4"});
  auto document = *fixture.states().find_version(app, "4");
  document.manifest.files[0].sha256 = sha256_hex("others");
  fixture.store()->put(Layout("").version(app, "4"), bytes_source(to_json(document)));
  expect_repaired(fixture, {"version_differs 4"});
  document = *fixture.states().find_version(app, "4");
  document.pruned = true;
  fixture.store()->put(Layout("").version(app, "4"), bytes_source(to_json(document)));
  expect_repaired(fixture, {"version_differs 4"});
}

TEST(Verify, VersionDocumentWithoutBytesCannotBeMade) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.push("4");
  fixture.push("5");
  fixture.store()->remove(Layout("").version(app, "4"));
  fixture.store()->remove("archive/4/" + app);
  const auto report = fixture.pipeline().verify(repair);
  EXPECT_THAT(words(report), ElementsAre("version_missing 4 cannot_repair"));
}

TEST(Verify, PrunedVersionWhoseDocumentDoesNotSaySo) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.push("4");
  const auto document = fixture.bytes(Layout("").version(app, "3"));
  fixture.pipeline().prune({.names = {}, .keep = 0, .older_than = {}, .dry_run = false, .progress = {}});
  fixture.store()->put(Layout("").version(app, "3"), bytes_source(document));
  fixture.store()->put("archive/3/" + app, bytes_source("bytes of 3"));
  expect_repaired(fixture, {"version_differs 3"});
  EXPECT_EQ(fixture.bytes("archive/3/" + app), "");
}

TEST(Verify, MissingBytesComeBackFromARank) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove("archive/1/" + app);
  expect_repaired(fixture, {"bytes_missing " + app});
  EXPECT_EQ(fixture.bytes("archive/1/" + app), "bytes of 1");
}

TEST(Verify, MissingBytesThatNoRankShows) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.push("4");
  fixture.store()->remove("archive/3/" + app);
  EXPECT_THAT(words(fixture.pipeline().verify(look)), ElementsAre("bytes_missing " + app + " found"));
  const auto report = fixture.pipeline().verify(repair);
  EXPECT_THAT(words(report), ElementsAre("bytes_missing " + app + " cannot_repair"));
  EXPECT_THAT(report.problems[0].action, HasSubstr("no rank shows them"));
}

/// What lies in the archive now is somebody's: it stays, and the right bytes go to another place.
TEST(Verify, OtherBytesInTheArchive) {
  const PipelineFixture fixture;
  three_steps(fixture);
  LegacyBucket{*fixture.store()}.put("archive/2/" + app, "an s3p's", "2");
  expect_repaired(fixture, {"bytes_differ " + app});
  EXPECT_EQ(fixture.bytes("archive/2/" + app), "an s3p's");
  fixture.promote("production");
  EXPECT_EQ(fixture.bytes("production/" + app), "bytes of 2");
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// Same size, same metadata: the ETag tells.
TEST(Verify, OtherBytesOfTheSameSize) {
  const PipelineFixture fixture;
  three_steps(fixture);
  overwrite(fixture, "archive/2/" + app, "bytes oF 2");
  EXPECT_THAT(words(fixture.pipeline().verify(look)), ElementsAre("bytes_differ " + app + " found"));
}

/// A bucket that was moved gives other ETags to the same bytes.
TEST(Verify, OtherETagsAreNoOtherBytes) {
  const PipelineFixture fixture;
  three_steps(fixture);
  auto document = *fixture.states().find_version(app, "2");
  document.manifest.files[0].etag = "of another bucket";
  fixture.store()->put(Layout("").version(app, "2"), bytes_source(to_json(document)));
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty());
}

TEST(Verify, KeysThatAreNotInLine) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->remove("qa/" + app);
  expect_repaired(fixture, {"key_missing " + app});
  fixture.store()->copy("archive/1/" + app, "staging/" + app);
  expect_repaired(fixture, {"key_differs " + app});
  EXPECT_THAT(keys_with(fixture, "/files/"), IsEmpty())
      << "what we had put there ourselves is in the archive";
}

TEST(Verify, KeyWithOtherBytesThatClaimToBeOurs) {
  const PipelineFixture fixture;
  three_steps(fixture);
  overwrite(fixture, "staging/" + app, "bytes oF 2");
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty()) << "its metadata is believed";
  expect_repaired(fixture, {"key_differs " + app}, repair_deep);
}

/// What it was taken over as is not always what its metadata says.
TEST(Verify, NothingIsWrongWithWhatWasTakenOver) {
  PipelineFixture fixture;
  const LegacyBucket bucket{*fixture.store()};
  const std::string long_version(190, 'v');
  bucket.put("qa/" + app, "first", "a/b");
  bucket.put("staging/" + app, "second", long_version);
  bucket.put("production/" + app, "third", long_version);
  fixture.push({{"other", "bytes"}}, "1");
  fixture.pipeline().take_over(app);
  EXPECT_EQ(fixture.held("qa"), "sha256-" + sha256_hex("first").substr(0, 16));
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty());
  bucket.put("qa/" + app, "other", "c/d");
  EXPECT_THAT(told(fixture.pipeline().verify(look)), ElementsAre(HasSubstr("it has other bytes")));
}

/// An old job goes on with the released s3p: told, and its bytes are never lost.
TEST(Verify, AnotherProgramWroteThere) {
  const PipelineFixture fixture;
  three_steps(fixture);
  LegacyBucket{*fixture.store()}.put("qa/" + app, "of an old job", "77");
  const auto report = fixture.pipeline().verify(look);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_THAT(report.problems[0].detail, HasSubstr("another program wrote version 77 there"));
  expect_repaired(fixture, {"key_differs " + app});
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 3");
  EXPECT_EQ(fixture.bytes("archive/77/" + app), "of an old job");
  // Under a version that stands for other bytes they are kept too.
  LegacyBucket{*fixture.store()}.put("qa/" + app, "others as 1", "1");
  expect_repaired(fixture, {"key_differs " + app});
  EXPECT_EQ(fixture.bytes(Layout("").kept(app, "1", sha256_hex("others as 1"), app)), "others as 1");
}

TEST(Verify, KeysOfEarlierReleases) {
  const PipelineFixture fixture;
  fixture.push({{"a.bin", "a"}, {"b.bin", "b"}}, "1", app);
  fixture.push({{"a.bin", "A"}, {"c.bin", "c"}}, "2", app);
  EXPECT_EQ(fixture.bytes("qa/b.bin"), "");
  fixture.store()->copy("archive/1/b.bin", "qa/b.bin");
  expect_repaired(fixture, {"key_stale b.bin"});
  EXPECT_EQ(fixture.bytes("qa/b.bin"), "");
  // A file that belongs to another release now is not ours to judge.
  fixture.push({{"x.bin", "x"}}, "1", "other");
  EXPECT_THAT(told(fixture.pipeline().verify(look)), IsEmpty());
}

TEST(Verify, ClaimsOfFileNames) {
  const PipelineFixture fixture;
  three_steps(fixture);
  const auto claim = Layout("").file_claim(app);
  const auto text = fixture.bytes(claim);
  fixture.store()->remove(claim);
  const auto report = fixture.pipeline().verify(repair);
  EXPECT_TRUE(report.clean());
  EXPECT_THAT(words(report), Contains("claim_missing " + app + ".json repaired"));
  EXPECT_EQ(fixture.bytes(claim), text);
  fixture.store()->put(claim, bytes_source(R"({"file":"app.tar.gz","release":"other"})"));
  EXPECT_THAT(words(fixture.pipeline().verify(repair)),
              Contains("claim_differs " + app + ".json cannot_repair"));
  fixture.store()->put(claim, bytes_source("garbage"));
  EXPECT_THAT(words(fixture.pipeline().verify(repair)),
              Contains("claim_differs " + app + ".json cannot_repair"));
}

void leave_intent(const PipelineFixture& fixture, Intent::Kind kind, const std::string& version,
                  const std::string& worker, TimePoint since) {
  edit_state(fixture.states(), app, std::nullopt, [&](PipelineState& state) {
    Intent intent;
    intent.id = "left";
    intent.kind = kind;
    intent.rank = "qa";
    intent.seq = state.standing("qa") == nullptr ? 0 : state.standing("qa")->seq;
    intent.release = {version, sha256_hex(version)};
    intent.since = since;
    intent.worker = worker;
    state.intents.push_back(intent);
    return Change{.changed = true, .entry = {}, .then = {}};
  });
}

TEST(Verify, WorkThatIsUnderWayIsNoProblem) {
  const PipelineFixture fixture;
  three_steps(fixture);
  leave_intent(fixture, Intent::Kind::lay_out, "3", this_worker(), now());
  fixture.store()->remove("qa/" + app);
  EXPECT_THAT(told(fixture.pipeline().verify(repair)), IsEmpty());
  leave_intent(fixture, Intent::Kind::push, "9", "elsewhere/1/2", now() - std::chrono::hours(2));
  EXPECT_THAT(told(fixture.pipeline().verify(repair)), IsEmpty());
  EXPECT_EQ(fixture.states().get(app).state.intents.size(), 2u) << "a living push is never dropped";
}

TEST(Verify, WorkThatWasLeftIsEnded) {
  const PipelineFixture fixture;
  three_steps(fixture);
  leave_intent(fixture, Intent::Kind::lay_out, "3", "elsewhere/1/2", now() - std::chrono::minutes(5));
  fixture.store()->remove("qa/" + app);
  expect_repaired(fixture, {"pending qa"});
  EXPECT_EQ(fixture.bytes("qa/" + app), "bytes of 3");
}

TEST(Verify, PushFromElsewhereThatTakesDays) {
  const PipelineFixture fixture;
  three_steps(fixture);
  leave_intent(fixture, Intent::Kind::push, "9", "elsewhere/1/2", now() - std::chrono::hours(30));
  expect_lasting(fixture, {"pending 9"});
}

TEST(Verify, LeftoversOfDeadPushes) {
  const PipelineFixture fixture;
  three_steps(fixture);
  const auto archive = [&](const std::string& version, const std::string& file, const std::string& release) {
    store::PutOptions options;
    options.metadata = {{"version", version}};
    if (!release.empty()) options.metadata["release"] = release;
    fixture.store()->put("archive/" + version + "/" + file, bytes_source("dead"), options);
  };
  archive("8", app, app);           // a push that died
  archive("3", "extra.bin", app);   // one that was taken over by a smaller one
  archive("7", app, "");            // the released s3p's
  archive("7", "other", "nobody");  // of a name that is not here
  expect_repaired(fixture, {"leftover 8", "leftover 3"});
  EXPECT_EQ(fixture.bytes("archive/8/" + app), "");
  EXPECT_EQ(fixture.bytes("archive/3/extra.bin"), "");
  EXPECT_EQ(fixture.bytes("archive/7/" + app), "dead");
  EXPECT_EQ(fixture.bytes("archive/7/other"), "dead");
  fixture.push({{app, "alive"}}, "8");
  EXPECT_EQ(fixture.broken_promise(), "");
}

/// Whose a file name is says the claim.
TEST(Verify, LeftoversOfOneNameAreFoundByItsClaims) {
  const PipelineFixture fixture;
  three_steps(fixture);
  fixture.push({{"its.bin", "x"}}, "1", "other");
  fixture.push({{"its.bin", "y"}}, "2", "other");
  const auto left = [&](const std::string& key, const std::string& name) {
    store::PutOptions options;
    options.metadata = {{"version", "9"}, {"release", name}};
    fixture.store()->put(key, bytes_source("dead"), options);
  };
  const auto claim = [&](const std::string& file, const std::string& text) {
    fixture.store()->put(Layout("").file_claim(file), bytes_source(text));
  };
  left("archive/9/new.bin", app);
  left("archive/9/their-new.bin", "other");
  left("archive/9/unclear.bin", app);
  claim("new.bin", R"({"file":"new.bin","release":"app.tar.gz"})");
  claim("their-new.bin", R"({"file":"their-new.bin","release":"other"})");
  claim("unclear.bin", "garbage");
  const auto report = fixture.pipeline().verify({.names = {app}, .repair = true});
  EXPECT_THAT(words(report), ElementsAre("leftover 9 repaired"));
  EXPECT_EQ(fixture.bytes("archive/9/new.bin"), "");
  EXPECT_EQ(fixture.bytes("archive/9/unclear.bin"), "");
  EXPECT_EQ(fixture.bytes("archive/9/their-new.bin"), "dead");
  EXPECT_EQ(fixture.bytes("archive/1/its.bin"), "x");
}

/// A folder keeps no metadata: a mark tells.
TEST(Verify, LeftoversInAFolder) {
  test_support::ScratchFolder scratch;
  const PipelineFixture fixture(store::make_local_store(scratch.path()));
  three_steps(fixture);
  fixture.store()->put(Layout("").stored_mark(app, "8", app), nullptr);
  fixture.store()->put("archive/8/" + app, bytes_source("dead"));
  fixture.store()->put("archive/7/" + app, bytes_source("not ours"));
  fixture.store()->put(Layout("").file_claim("unclear.bin"), bytes_source("garbage"));
  fixture.store()->put("archive/7/unclear.bin", bytes_source("whose?"));
  expect_repaired(fixture, {"leftover 8"});
  EXPECT_EQ(fixture.bytes("archive/8/" + app), "");
  EXPECT_EQ(fixture.bytes("archive/7/" + app), "not ours");
}

TEST(Verify, PlanOfATakeOver) {
  PipelineFixture fixture;
  three_steps(fixture);
  fixture.store()->put(Layout("").adoption(app), bytes_source("{}"));
  expect_repaired(fixture, {"leftover adoption.json"});
}

TEST(Verify, TakeOverThatStoppedHalfWay) {
  bool seen = false;
  for (int request = 0; request < 60; ++request) {
    test_support::MortalBucket bucket;
    PipelineFixture fixture(bucket.store);
    LegacyBucket legacy{*bucket.store};
    legacy.push(app, "bytes of 1", "1");
    legacy.promote(app, "qa", "staging");
    bucket.killed_at(request, true,
                     [&] { adopt(fixture.states(), PipelineFixture::rules(), fixture.options(), app); });
    if (fixture.states().find(app) || !store::find_info(*bucket.store, Layout("").adoption(app))) continue;
    seen = true;
    EXPECT_THAT(words(fixture.pipeline().verify(look)), ElementsAre("pending adoption.json found"));
    EXPECT_TRUE(fixture.pipeline().verify(repair).clean());
    EXPECT_EQ(fixture.held("staging"), "1");
    EXPECT_EQ(fixture.broken_promise(), "");
  }
  EXPECT_TRUE(seen);
}

/// What was taken over lies at its keys as the other program put it there.
TEST(Verify, FindsNothingWrongWithWhatWasTakenOver) {
  PipelineFixture fixture;
  const LegacyBucket legacy{*fixture.store()};
  legacy.push(app, "first", "1");
  legacy.promote(app, "qa", "staging");
  legacy.promote(app, "staging", "production");
  legacy.push(app, "second", "1");
  legacy.put("staging/" + app, "without a version", "");
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  ASSERT_TRUE(adopt(fixture.states(), PipelineFixture::rules(), fixture.options(), app));
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  legacy.push(app, "third", "3");
  fixture.pipeline().take_over(app);
  EXPECT_EQ(fixture.held("qa"), "3");
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  fixture.promote("staging");
  fixture.promote("production");
  fixture.rollback("production");
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  EXPECT_EQ(fixture.broken_promise(), "");
}

TEST(Verify, FindsNothingWrongWithAStepThatWasTakenBack) {
  store::MemoryStoreOptions options;
  int left = 0;
  options.before = [&](std::string_view operation, std::string_view key) {
    if (operation == "copy" && left > 0 && left-- > 0)
      throw Error(ErrorCode::permission_denied, "copy", std::string(key), "denied");
  };
  const PipelineFixture fixture(store::make_memory_store(std::move(options)));
  three_steps(fixture);
  left = 1;
  EXPECT_THROW(fixture.promote("production"), Error);
  left = 1;
  EXPECT_THROW(fixture.rollback("staging"), Error);
  left = 1;
  EXPECT_THROW(fixture.push("4"), Error);
  left = 0;
  EXPECT_EQ(fixture.pipeline().history({.name = app}).back().action, Action::undo);
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  fixture.store()->remove(Layout("").state(app));
  EXPECT_TRUE(fixture.pipeline().verify(repair).clean());
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
}

TEST(Verify, FailuresAreNotAbsence) {
  for (const auto* const denied :
       {"archive/", "versions/", "history/", "state.json", "qa/", "release-files/"}) {
    store::MemoryStoreOptions options;
    bool denies = false;
    options.before = [&](std::string_view, std::string_view key) {
      if (denies && key.find(denied) != std::string_view::npos)
        throw Error(ErrorCode::permission_denied, "read", std::string(key), "denied");
    };
    const PipelineFixture fixture(store::make_memory_store(std::move(options)));
    three_steps(fixture);
    denies = true;
    EXPECT_THROW(fixture.pipeline().verify(look), Error) << denied;
  }
}

TEST(Verify, LongHistories) {
  const PipelineFixture fixture;
  fixture.push("1");
  fixture.push("2");
  for (int i = 0; i < 300; ++i) {
    fixture.rollback("qa", i % 2 == 0 ? "1" : "2");
  }
  const auto report = fixture.pipeline().verify(look);
  EXPECT_THAT(told(report), IsEmpty());
  EXPECT_EQ(report.entries, 302u);
  fixture.store()->remove(Layout("").entry(app, 150));
  expect_lasting(fixture, {"history_gap 150"});
}

TEST(Verify, AFolderIsAsGood) {
  test_support::ScratchFolder scratch;
  const PipelineFixture fixture(store::make_local_store(scratch.path()));
  three_steps(fixture);
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  fixture.store()->put("qa/" + app, bytes_source("others"));
  fixture.store()->remove("staging/" + app);
  expect_repaired(fixture, {"key_differs " + app, "key_missing " + app});
}

/// Verifying beside people at work finds nothing, and its repairs break nothing.
TEST(Verify, OthersAtWork) {
  store::MemoryStoreOptions options;
  options.get_latency = options.put_latency = std::chrono::microseconds(30);
  const PipelineFixture fixture(store::make_memory_store(std::move(options)));
  three_steps(fixture);
  std::atomic<bool> is_over{false};
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < 3; ++worker) {
    threads.emplace_back([&, worker] {
      for (int i = 0; i < 25; ++i) {
        refusal_of([&] { fixture.push(std::to_string(10 + 3 * i + worker)); });
        refusal_of([&] { fixture.promote("staging"); });
        refusal_of([&] { fixture.promote("production"); });
        refusal_of([&] { fixture.rollback("staging"); });
        if (i % 5 == 0)
          refusal_of([&] {
            fixture.pipeline().prune(
                {.names = {}, .keep = 1, .older_than = {}, .dry_run = false, .progress = {}});
          });
      }
    });
  }
  std::jthread verifier([&] {
    for (int i = 0; !is_over; ++i) {
      const auto report = fixture.pipeline().verify(i % 2 == 0 ? look_deep : repair);
      EXPECT_THAT(told(report), IsEmpty());
    }
  });
  threads.clear();
  is_over = true;
  verifier.join();
  EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
  EXPECT_EQ(fixture.broken_promise(), "");
}

struct Work {
  const char* name;
  std::function<void(const PipelineFixture&)> work;
};
class VerifyAfterDeath : public ::testing::TestWithParam<Work> {};

void expect_repairs_everything(const Work& work, const VerifyRequest& request) {
  for (const bool after : {false, true}) {
    bool survived = false;
    for (int at = 0; at < 200 && !survived; ++at) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << at);
      test_support::MortalBucket bucket;
      PipelineFixture fixture(bucket.store);
      three_steps(fixture);
      survived = !bucket.killed_at(at, after, [&] { work.work(fixture); });
      // Later, and the worker gone: what was begun counts as left behind.
      fixture.options().clock = [] { return now() + std::chrono::minutes(2); };
      if (auto stored = fixture.states().get(app); !stored.state.intents.empty()) {
        for (auto& intent : stored.state.intents)
          intent.worker.replace(intent.worker.rfind('/') + 1, 30, "1");
        ASSERT_TRUE(fixture.states().swap(stored));
      }
      const auto report = fixture.pipeline().verify(request);
      EXPECT_TRUE(report.clean()) << testing::PrintToString(told(report));
      EXPECT_THAT(told(fixture.pipeline().verify(look_deep)), IsEmpty());
      EXPECT_EQ(fixture.broken_promise(), "");
      EXPECT_TRUE(!survived || report.problems.empty());
    }
    EXPECT_TRUE(survived);
  }
}

TEST_P(VerifyAfterDeath, RepairsEverything) {
  expect_repairs_everything(GetParam(), repair);
}

/// A file name that no whole version has is found by its claim.
TEST_P(VerifyAfterDeath, RepairsEverythingOfOneName) {
  expect_repairs_everything(GetParam(), {.names = {app}, .repair = true});
}

INSTANTIATE_TEST_SUITE_P(
    Steps, VerifyAfterDeath,
    ::testing::Values(
        Work{"Push", [](const PipelineFixture& fixture) { fixture.push("4"); }},
        Work{"PushOfMany",
             [](const PipelineFixture& fixture) { fixture.push({{app, "x"}, {"y", "y"}}, "4", app); }},
        Work{"PushOfNewFiles",
             [](const PipelineFixture& fixture) { fixture.push({{"x", "x"}, {"y", "y"}}, "4", app); }},
        Work{"Promote", [](const PipelineFixture& fixture) { fixture.promote("production"); }},
        Work{"Rollback", [](const PipelineFixture& fixture) { fixture.rollback("staging"); }},
        Work{"Prune",
             [](const PipelineFixture& fixture) {
               fixture.rollback("staging");
               fixture.pipeline().prune(
                   {.names = {}, .keep = 0, .older_than = {}, .dry_run = false, .progress = {}});
             }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace wheelyard::release
