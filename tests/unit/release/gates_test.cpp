#include <cstdlib>
#include <fstream>
#include <thread>

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/release/rules.hpp"

namespace wheelyard::release {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const TimePoint noon = parse_rfc3339("2026-11-21T12:00:00Z").value();

/// A release of two files in staging since an hour, that alice wants in production.
class GatesTest : public ::testing::Test {
 protected:
  GatesTest() {
    rules_.rank = "production";
    manifest_ = {.name = "my.tar.gz", .version = "1.2", .files = {{.name = "a b.bin"}, {.name = "c.bin"}}};
    state_.name = "my.tar.gz";
  }

  Reference release() const { return {.version = "1.2", .digest = manifest_.digest()}; }

  GateQuestion question() const {
    GateQuestion asked;
    asked.state = &state_;
    asked.rules = &rules_;
    asked.manifest = &manifest_;
    asked.standing = {.release = release(), .seq = 3, .since = noon - 1h, .by = {}};
    asked.source = "staging";
    asked.note = note_;
    asked.by.identity = "alice";
    asked.at = noon;
    return asked;
  }

  void approve(const std::string& identity) {
    state_.approvals.push_back({.rank = "production", .release = release(), .by = {.identity = identity}});
  }

  GateResult only_result() const {
    const auto results = check_rules(question());
    EXPECT_EQ(results.size(), 1U);
    return results.at(0);
  }

  GateResult run(std::vector<std::string> command, std::chrono::seconds timeout = 20s) {
    return run_command_gate({.name = "smoke", .command = std::move(command), .timeout = timeout}, question(),
                            folder_.path());
  }
  GateResult run_script(const std::string& script, std::chrono::seconds timeout = 20s) {
    return run({"sh", "-c", script, "gate"}, timeout);
  }

  test_support::ScratchFolder folder_;
  PipelineState state_;
  RankRules rules_;
  Manifest manifest_;
  std::string note_;
};

TEST_F(GatesTest, WithoutRulesNothingIsAsked) {
  EXPECT_THAT(check_rules(question()), IsEmpty());
}

TEST_F(GatesTest, AMinimumTimeHasToBeOver) {
  rules_.minimum_time = 1h;
  EXPECT_TRUE(only_result().passed);
  rules_.minimum_time = 1h + 1s;
  const auto result = only_result();
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.gate, "minimum_time 3601s");
  EXPECT_EQ(result.detail, "in staging for 1 hour; it may come on 2026-11-21T12:00:01Z");
}

TEST_F(GatesTest, ATimeToComeIsNoTimeStood) {
  rules_.minimum_time = 1s;
  auto asked = question();
  asked.standing.since = noon + 48h;
  EXPECT_FALSE(check_rules(asked).at(0).passed);
}

TEST_F(GatesTest, ANoteHasToSaySomething) {
  rules_.note = true;
  EXPECT_FALSE(only_result().passed);
  note_ = " \n";
  EXPECT_FALSE(only_result().passed);
  note_ = "release day";
  EXPECT_TRUE(only_result().passed);
}

TEST_F(GatesTest, OnesOwnApprovalDoesNotCount) {
  rules_.approvals = 1;
  approve("alice");
  approve("");
  auto result = only_result();
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.detail, "by nobody else; 1 other than alice have to");
  approve("bob");
  result = only_result();
  EXPECT_TRUE(result.passed);
  EXPECT_EQ(result.detail, "approved by bob");
}

TEST_F(GatesTest, ApprovalsAreCountedByPeople) {
  rules_.approvals = 2;
  approve("bob");
  approve("bob");
  EXPECT_FALSE(only_result().passed);
  approve("carol");
  EXPECT_TRUE(only_result().passed);
}

TEST_F(GatesTest, AnApprovalIsOfOneReleaseAndOneRank) {
  rules_.approvals = 1;
  state_.approvals = {
      {.rank = "qa", .release = release(), .by = {.identity = "bob"}},
      {.rank = "production",
       .release = {.version = "1.1", .digest = release().digest},
       .by = {.identity = "bob"}},
      {.rank = "production", .release = {.version = "1.2", .digest = "00"}, .by = {.identity = "bob"}}};
  EXPECT_FALSE(only_result().passed);
}

TEST_F(GatesTest, EveryRuleHasItsResult) {
  rules_.minimum_time = 24h;
  rules_.note = true;
  rules_.approvals = 1;
  EXPECT_THAT(check_rules(question()),
              ElementsAre(Field(&GateResult::gate, "minimum_time 1d"), Field(&GateResult::gate, "note"),
                          Field(&GateResult::gate, "approval")));
}

TEST_F(GatesTest, ACommandPassesByItsStatusAlone) {
  const auto passed = run_script("exit 0");
  EXPECT_TRUE(passed.passed);
  EXPECT_EQ(passed.gate, "command smoke");
  EXPECT_EQ(passed.detail, "exit status 0 after 0 seconds");
  const auto failed = run_script("echo all is well; exit 3");
  EXPECT_FALSE(failed.passed);
  EXPECT_THAT(failed.detail, StartsWith("exit status 3 after"));
  const auto killed = run_script("kill -TERM $$");
  EXPECT_FALSE(killed.passed);
  EXPECT_THAT(killed.detail, StartsWith("ended by signal 15 after"));
}

TEST_F(GatesTest, ACommandThatCannotBeStartedHasNotPassed) {
  const auto missing = run({"./no-such-test"});
  EXPECT_FALSE(missing.passed);
  EXPECT_THAT(missing.detail, HasSubstr("there is no such command"));
  const auto text = folder_.write("not-a-program", "x");
  EXPECT_FALSE(run({text.string()}).passed);
}

TEST_F(GatesTest, ACommandGetsPathsNameVersionAndDigest) {
  const auto script =
      "{ echo \"$WHEELYARD_RELEASE_NAME|$WHEELYARD_RELEASE_VERSION|$WHEELYARD_RELEASE_DIGEST|"
      "$WHEELYARD_RELEASE_RANK|$WHEELYARD_RELEASE_SOURCE\"; echo \"$WHEELYARD_RELEASE_FOLDER\"; "
      "for path; do echo \"$path\"; done; cat; } > '" +
      (folder_ / "out").string() + "'";
  ASSERT_TRUE(run_script(script).passed);
  const auto place = folder_.path().string();
  EXPECT_EQ(read_file(folder_ / "out"), "my.tar.gz|1.2|" + manifest_.digest() + "|production|staging\n" +
                                            place + "\n" + place + "/a b.bin\n" + place + "/c.bin\n");
}

TEST_F(GatesTest, ACommandIsNoShellLine) {
  EXPECT_TRUE(run({"sh", "-c", "test \"$1\" = '$HOME; exit 1'", "gate", "$HOME; exit 1"}).passed);
  EXPECT_FALSE(run({"exit 0"}).passed);
}

TEST_F(GatesTest, AReleaseCannotBeWhatTheEnvironmentSays) {
  setenv("WHEELYARD_RELEASE_VERSION", "9.9", 1);
  const auto passed = run_script(
      "test \"$WHEELYARD_RELEASE_VERSION\" = 1.2 && test \"$(env | grep -c ^WHEELYARD_RELEASE_VERSION=)\" = "
      "1");
  unsetenv("WHEELYARD_RELEASE_VERSION");
  EXPECT_TRUE(passed.passed);
}

TEST_F(GatesTest, OutputGoesToStandardError) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  run_script("echo to out; echo to err >&2");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "to out\nto err\n");
}

TEST_F(GatesTest, ACommandThatTakesTooLongIsEndedWithAllThatItStarted) {
  const auto id_file = (folder_ / "id").string();
  const auto result = run_script("sleep 300 & echo $! > " + id_file + "; wait", 1s);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.detail, "it had not ended after 1s and was ended");
  // A process that was killed may still be on its way out.
  const auto stat = "/proc/" + std::string(trim(read_file(id_file))) + "/stat";
  const auto is_alive = [&] {
    std::ifstream file(stat);
    std::string line;
    return std::getline(file, line) && line.find(") Z ") == std::string::npos;
  };
  for (int tries = 0; tries < 3000 && is_alive(); ++tries) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(is_alive());
}

TEST_F(GatesTest, ACommandRunsWhereItsRulesStand) {
  const auto script = folder_.write("check", "#!/bin/sh\ntest -e check\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const CommandGate gate{.name = "here", .command = {"./check"}, .folder = folder_.path()};
  EXPECT_TRUE(run_command_gate(gate, question(), "/").passed);
}

TEST_F(GatesTest, WhoeverWaitsMayEndIt) {
  int asked = 0;
  const auto runner = command_gate_runner([&] {
    if (++asked == 3) throw Error(ErrorCode::cancelled, "finish", "the command", "it was interrupted");
  });
  const auto begun = now();
  try {
    runner({.name = "long", .command = {"sh", "-c", "sleep 300"}}, question(), folder_.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  EXPECT_LT(now() - begun, 60s);
}

}  // namespace
}  // namespace wheelyard::release
