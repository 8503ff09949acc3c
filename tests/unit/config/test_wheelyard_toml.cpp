#include <map>

#include "support/environment_map.hpp"
#include "support/scratch_folder.hpp"
#include "support/thrown_error.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/config/wheelyard_toml.hpp"

namespace wheelyard::config {
namespace {

using test_support::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::string_view whole_file = R"(
[release]
store = "s3://acme-releases/apps"
ranks = ["qa", "staging", "production"]
keep = 5
identity = "ci"

[release.rules.production]
may_skip = ["alice", "bob"]
minimum_time = "24h"
note = true
approvals = 2

[[release.rules.production.gate]]
name = "smoke"
command = ["./smoke-test", "--fast"]
timeout = "10m"

[[release.rules.production.gate]]
command = ["true"]
)";

std::string refusal_of(std::string_view text) {
  return message_of([&] { parse_wheelyard_toml(text, "/srv/app/wheelyard.toml"); });
}

TEST(WheelyardToml, HoldsAPipeline) {
  const auto file = parse_wheelyard_toml(whole_file, "/srv/app/wheelyard.toml");
  EXPECT_EQ(file.store, "s3://acme-releases/apps");
  EXPECT_THAT(file.ranks, ElementsAre("qa", "staging", "production"));
  EXPECT_EQ(file.keep, 5U);
  EXPECT_EQ(file.identity, "ci");
  ASSERT_THAT(file.rules, SizeIs(1));
  const auto& rules = file.rules.at("production");
  EXPECT_EQ(rules.rank, "production");
  EXPECT_THAT(rules.may_skip, ElementsAre("alice", "bob"));
  EXPECT_EQ(rules.minimum_time, 24h);
  EXPECT_TRUE(rules.note);
  EXPECT_EQ(rules.approvals, 2U);
  ASSERT_THAT(rules.commands, SizeIs(2));
  EXPECT_EQ(rules.commands[0].name, "smoke");
  EXPECT_THAT(rules.commands[0].command, ElementsAre("./smoke-test", "--fast"));
  EXPECT_EQ(rules.commands[0].timeout, 10min);
  EXPECT_EQ(rules.commands[0].folder, "/srv/app");
  EXPECT_EQ(rules.commands[1].name, "true");
  EXPECT_EQ(rules.commands[1].timeout, 1h);
}

TEST(WheelyardToml, MaySayNothing) {
  EXPECT_THAT(parse_wheelyard_toml("", "x").ranks, IsEmpty());
  EXPECT_EQ(parse_wheelyard_toml("[release]", "x").store, "");
}

TEST(WheelyardToml, TakesAFolderFromWhereItLies) {
  const auto store_of = [](const std::string& store) {
    return parse_wheelyard_toml("[release]\nstore = \"" + store + "\"", "/srv/app/wheelyard.toml").store;
  };
  EXPECT_EQ(store_of("releases"), "/srv/app/releases");
  EXPECT_EQ(store_of("../releases"), "/srv/releases");
  EXPECT_EQ(store_of("/elsewhere"), "/elsewhere");
  EXPECT_EQ(store_of("s3://bucket"), "s3://bucket");
  EXPECT_EQ(store_of("file:///x"), "file:///x");
}

TEST(WheelyardToml, AMisspelledGateIsAnErrorWithItsLine) {
  const std::string head = "[release]\nranks = [\"qa\", \"production\"]\n[release.rules.production]\n";
  EXPECT_EQ(
      refusal_of(head + "aprovals = 1"),
      "cannot use [release.rules.production] aprovals of /srv/app/wheelyard.toml line 4: there is no such "
      "setting | did you mean 'approvals'?");
  EXPECT_THAT(refusal_of(head + "gates = []"),
              HasSubstr("line 4: there is no such setting | did you mean 'gate'?"));
  EXPECT_THAT(
      refusal_of(head + "[[release.rules.production.gate]]\ncomand = [\"x\"]"),
      HasSubstr("[release.rules.production.gate] comand of /srv/app/wheelyard.toml line 5: there is no such "
                "setting | did you mean 'command'?"));
  EXPECT_THAT(refusal_of("[release]\nrules.production.nothing_like_it = 1"),
              HasSubstr("| there are may_skip, minimum_time, note, approvals, gate"));
  EXPECT_THAT(refusal_of("[release]\nrule = 1"), HasSubstr("did you mean 'rules'?"));
  EXPECT_THAT(refusal_of("[relase]\n"), HasSubstr("relase of /srv/app/wheelyard.toml line 1"));
  EXPECT_THAT(refusal_of("[[release.rules.production.gate]]\nname = \"x\""), HasSubstr("it has no command"));
  const std::string gate = "[[release.rules.production.gate]]\ncommand = [\"x\"]\n";
  EXPECT_THAT(refusal_of(gate + gate),
              AllOf(HasSubstr("/srv/app/wheelyard.toml line 1"),
                    HasSubstr("the gate 'x' of the rank 'production': it is there twice")));
  EXPECT_THAT(refusal_of(gate + "name = \" \""), HasSubstr("line 3: it is empty"));
}

struct Wrong {
  std::string setting;
  std::string reason;
};

class WrongValue : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongValue, IsAnErrorWithItsLine) {
  const auto refusal = refusal_of("\n[release]\n" + GetParam().setting + "\n");
  EXPECT_THAT(refusal, HasSubstr("/srv/app/wheelyard.toml line 3: "));
  EXPECT_THAT(refusal, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, WrongValue,
    ::testing::Values(Wrong{"store = 1", "it is not a text"}, Wrong{"store = \" \"", "it is empty"},
                      Wrong{"ranks = \"qa, production\"", "it is not a list of texts | write it as"},
                      Wrong{"ranks = [\"qa\", 2]", "it is not a list of texts"},
                      Wrong{"ranks = []", "nothing is in it"}, Wrong{"ranks = [\"\"]", "an empty text"},
                      Wrong{"ranks = [\"qa\", \"qa\"]", "it has the rank 'qa' twice"},
                      Wrong{"ranks = [\"archive\"]", "where every version is kept"},
                      Wrong{"ranks = [\"a/b\"]", "'/'"}, Wrong{"keep = -1", "it is out of range"},
                      Wrong{"keep = \"5\"", "it is not a whole number"}, Wrong{"keep = 33", "from 0 to 32"},
                      Wrong{"keep = 1.5", "it is not a whole number"},
                      Wrong{"rules = 1", "it is not a table"}, Wrong{"identity = true", "it is not a text"},
                      Wrong{"rules.production = \"strict\"", "it is not a table"},
                      Wrong{"rules.production.note = \"yes\"", "neither true nor false"},
                      Wrong{"rules.production.minimum_time = 24", "it is not a time"},
                      Wrong{"rules.production.minimum_time = \"24\"", "it is not a time"},
                      Wrong{"rules.production.minimum_time = \"0h\"", "it is not a time"},
                      Wrong{"rules.production.minimum_time = \"a day\"", "it is not a time"},
                      Wrong{"rules.production.approvals = -1", "out of range"},
                      Wrong{"rules.production.approvals = true", "not a whole number"},
                      Wrong{"rules.production.may_skip = \"alice\"", "not a list of texts"},
                      Wrong{"rules.production.gate = \"./smoke-test\"", "it is not a list of tables"},
                      Wrong{"rules.production.gate = []", "it is not a list of tables"},
                      Wrong{"rules.production.gate = [{command = \"./smoke-test\"}]", "not a list of texts"},
                      Wrong{"rules.production.gate = [{command = [\"x\"], timeout = \"soon\"}]",
                            "not a time"},
                      Wrong{"rules.archive.note = true", "where every version is kept"},
                      Wrong{"ranks = [\"qa\"", "it is not valid TOML"}));

/// A folder with a wheelyard.toml, and an environment.
class ReleaseSettingsTest : public ::testing::Test {
 protected:
  ReleaseSettings settings(const ReleaseOverrides& overrides = {}) const {
    return settings_in(root_.path(), overrides);
  }
  ReleaseSettings settings_in(const std::filesystem::path& folder,
                              const ReleaseOverrides& overrides = {}) const {
    return release_settings(overrides, test_support::environment_of(variables_), folder);
  }
  ReleaseSettings s3p_settings_here() const {
    return s3p_settings(test_support::environment_of(variables_), root_.path());
  }
  std::string refusal(const ReleaseOverrides& overrides = {}) const {
    return message_of([&] { settings(overrides); });
  }
  void write(std::string_view text, const std::string& path = "wheelyard.toml") {
    std::filesystem::create_directories((root_ / path).parent_path());
    root_.write(path, std::string(text));
  }
  static std::vector<std::string> ranks_of(const ReleaseSettings& settings) {
    std::vector<std::string> names;
    for (const auto& rank : settings.rules.ranks) names.push_back(rank.rank);
    return names;
  }

  test_support::ScratchFolder root_;
  std::map<std::string, std::string> variables_;
};

TEST_F(ReleaseSettingsTest, AreTheFilesWithWhereTheyComeFrom) {
  write(whole_file);
  const auto found = settings();
  const auto path = (root_ / "wheelyard.toml").string();
  EXPECT_EQ(found.file, path);
  EXPECT_EQ(found.store.value, "s3://acme-releases/apps");
  EXPECT_EQ(found.store.origin, path + " [release] store");
  EXPECT_EQ(found.ranks_origin, path + " [release] ranks");
  EXPECT_EQ(found.identity.value, "ci");
  EXPECT_EQ(found.rules.keep, 5U);
  EXPECT_THAT(ranks_of(found), ElementsAre("qa", "staging", "production"));
  EXPECT_TRUE(found.rules.ranks[2].note);
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(ReleaseSettingsTest, FlagsGoBeforeTheEnvironmentAndThatBeforeTheFile) {
  write(whole_file);
  variables_ = {{"WHEELYARD_RELEASE_STORE", "s3://env"},
                {"WHEELYARD_RELEASE_RANKS", "a, b"},
                {"WHEELYARD_IDENTITY", "env"},
                {"AWS_S3_BUCKET", "s3p"},
                {"AWS_S3_RANKS", "x, y"}};
  auto found = settings();
  EXPECT_EQ(found.store.value, "s3://env");
  EXPECT_EQ(found.store.origin, "WHEELYARD_RELEASE_STORE");
  EXPECT_THAT(ranks_of(found), ElementsAre("a", "b"));
  EXPECT_EQ(found.identity.value, "env");
  found = settings({.store = "s3://flag", .ranks = "c,d", .identity = "flag"});
  EXPECT_EQ(found.store.value, "s3://flag");
  EXPECT_THAT(ranks_of(found), ElementsAre("c", "d"));
  EXPECT_EQ(found.identity.value, "flag");
  EXPECT_EQ(found.identity.origin, "--identity");
}

TEST_F(ReleaseSettingsTest, TheOldVariablesAreTheLastResort) {
  variables_ = {{"AWS_S3_BUCKET", "acme"}, {"AWS_S3_RANKS", "qa, staging, production"}};
  auto found = settings();
  EXPECT_EQ(found.store.value, "s3://acme");
  EXPECT_EQ(found.store.origin, "AWS_S3_BUCKET");
  EXPECT_EQ(found.ranks_origin, "AWS_S3_RANKS");
  EXPECT_THAT(ranks_of(found), ElementsAre("qa", "staging", "production"));
  variables_["AWS_S3_BUCKET"] = "/srv/releases";
  EXPECT_EQ(settings().store.value, "/srv/releases");
  variables_["AWS_S3_BUCKET"] = "acme";
  write("[release]\nranks = [\"one\", \"two\"]");
  found = settings();
  EXPECT_EQ(found.store.value, "s3://acme");
  EXPECT_THAT(ranks_of(found), ElementsAre("one", "two"));
}

TEST_F(ReleaseSettingsTest, ForS3pItsOwnVariablesGoBeforeTheFileWhoseRulesHold) {
  write(whole_file);
  variables_ = {{"WHEELYARD_RELEASE_STORE", "s3://not-asked"},
                {"WHEELYARD_RELEASE_RANKS", "not, asked"},
                {"AWS_S3_BUCKET", "acme"},
                {"AWS_S3_RANKS", "qa, production"}};
  auto found = s3p_settings_here();
  EXPECT_EQ(found.store.value, "s3://acme");
  EXPECT_EQ(found.store.origin, "AWS_S3_BUCKET");
  EXPECT_EQ(found.ranks_origin, "AWS_S3_RANKS");
  EXPECT_THAT(ranks_of(found), ElementsAre("qa", "production"));
  EXPECT_TRUE(found.rules.ranks[1].note);
  EXPECT_EQ(found.rules.ranks[1].approvals, 2U);
  EXPECT_EQ(found.identity.value, "ci");
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("those of AWS_S3_RANKS (qa, production)")));
  variables_ = {};
  found = s3p_settings_here();
  EXPECT_EQ(found.store.value, "s3://acme-releases/apps");
  EXPECT_THAT(ranks_of(found), ElementsAre("qa", "staging", "production"));
  EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(ReleaseSettingsTest, ForS3pWhatIsMissingIsNamedByItsVariable) {
  const auto refusal = [&] { return message_of([&] { s3p_settings_here(); }); };
  EXPECT_THAT(refusal(), HasSubstr("AWS_S3_RANKS is not set | say AWS_S3_RANKS="));
  variables_["AWS_S3_RANKS"] = "qa, production";
  EXPECT_THAT(refusal(), HasSubstr("AWS_S3_BUCKET is not set | say AWS_S3_BUCKET="));
  // What came to nothing is not the file's.
  write(whole_file);
  variables_["AWS_S3_BUCKET"] = "";
  EXPECT_THAT(refusal(), HasSubstr("AWS_S3_BUCKET is empty"));
  variables_ = {{"AWS_S3_BUCKET", "acme"}, {"AWS_S3_RANKS", " "}};
  EXPECT_THAT(refusal(), HasSubstr("AWS_S3_RANKS is empty"));
  variables_ = {{"AWS_S3_BUCKET", "acme"}, {"AWS_S3_RANKS", "qa"}, {"WHEELYARD_CONFIG", "/nonexistent"}};
  EXPECT_THAT(refusal(), HasSubstr("/nonexistent (named by WHEELYARD_CONFIG)"));
}

TEST_F(ReleaseSettingsTest, RulesHoldForRanksOfTheirNameWhoeverNamedThem) {
  write(whole_file);
  const auto found = settings({.ranks = "staging,production"});
  EXPECT_THAT(ranks_of(found), ElementsAre("staging", "production"));
  EXPECT_EQ(found.rules.ranks[1].minimum_time, 24h);
  EXPECT_THAT(found.rules.ranks[1].commands, SizeIs(2));
  EXPECT_THAT(found.warnings,
              ElementsAre("the ranks are those of --ranks (staging, production), not those of " +
                          (root_ / "wheelyard.toml").string() + " (qa, staging, production)"));
  EXPECT_THAT(settings({.ranks = "qa, staging, production"}).warnings, IsEmpty());
}

TEST_F(ReleaseSettingsTest, RulesOfARankThatIsNoneAreAnError) {
  write(
      "[release]\nstore = \"s3://b\"\nranks = [\"qa\", \"production\"]\n[release.rules.prodction]\nnote = "
      "true");
  EXPECT_THAT(refusal(), HasSubstr("the pipeline has no rank 'prodction' | did you mean 'production'?"));
  EXPECT_THAT(refusal({.ranks = "prodction,x"}), HasSubstr("no rank 'prodction'"))
      << "the file contradicts itself";
  write("[release]\nstore = \"s3://b\"\n[release.rules.production]\nnote = true");
  EXPECT_TRUE(settings({.ranks = "qa,production"}).rules.ranks[1].note);
  EXPECT_THAT(refusal({.ranks = "qa,live"}), HasSubstr("no rank 'production' | its ranks are qa, live"));
}

TEST_F(ReleaseSettingsTest, RulesOfTheFirstRankAreAnErrorSinceNothingIsPromotedThere) {
  write(whole_file);
  EXPECT_THAT(refusal({.ranks = "production,live"}), HasSubstr("'production' is the first rank"));
}

TEST_F(ReleaseSettingsTest, RanksThatAreSetToNothingAreNotUnset) {
  write(whole_file);
  variables_ = {{"WHEELYARD_RELEASE_RANKS", ""}};
  EXPECT_THAT(refusal(), HasSubstr("the ranks in WHEELYARD_RELEASE_RANKS: there are none in it"));
  EXPECT_THAT(refusal({.ranks = ""}), HasSubstr("the ranks in --ranks: there are none in it"));
  std::filesystem::remove(root_ / "wheelyard.toml");
  variables_ = {{"WHEELYARD_RELEASE_STORE", "s3://b"}, {"AWS_S3_RANKS", " "}};
  EXPECT_THAT(refusal(), HasSubstr("the ranks in AWS_S3_RANKS: there are none in it"));
}

TEST_F(ReleaseSettingsTest, WhatIsNamedNowhereIsAnErrorWithWhatToType) {
  EXPECT_THAT(refusal(),
              HasSubstr("the store of the releases: none is named | say --store s3://bucket/prefix"));
  EXPECT_THAT(refusal({.store = "x"}), HasSubstr("the ranks of the pipeline: none are named | say --ranks"));
}

TEST_F(ReleaseSettingsTest, MessagesSayWhatAProgramWouldWriteWhereOneGaveTheValues) {
  const auto as_arguments = [](ReleaseOverrides overrides) {
    overrides.given_as = GivenAs::arguments;
    return overrides;
  };
  EXPECT_THAT(refusal(as_arguments({})), HasSubstr("| say store=\"s3://bucket/prefix\" (or a folder), set"));
  EXPECT_THAT(refusal(as_arguments({.store = "x"})), HasSubstr("| say ranks=\"qa,staging,production\", set"));
  EXPECT_THAT(refusal(as_arguments({.config = "other.toml"})), HasSubstr("other.toml (named by config=)"));
  const auto found = settings(as_arguments({.store = "x", .ranks = "qa,live", .identity = "me"}));
  EXPECT_EQ(found.store.origin, "store=");
  EXPECT_EQ(found.ranks_origin, "ranks=");
  EXPECT_EQ(found.identity.origin, "identity=");
  std::filesystem::create_symlink("nowhere", root_ / "wheelyard.toml");
  EXPECT_THAT(refusal(as_arguments({})), HasSubstr("| mend it, or name another one with config="));
  EXPECT_THAT(refusal(), HasSubstr("| mend it, or name another one with --config"));
}

TEST_F(ReleaseSettingsTest, AFileThatWasNamedHasToBeThere) {
  write(whole_file);
  EXPECT_THAT(refusal({.config = "other.toml"}), HasSubstr("other.toml (named by --config)"));
  variables_ = {{"WHEELYARD_CONFIG", (root_ / "other.toml").string()}};
  EXPECT_THAT(refusal(), HasSubstr("other.toml (named by WHEELYARD_CONFIG)"));
  write("[release]\nstore = \"s3://other\"\nranks = [\"one\"]", "other.toml");
  EXPECT_EQ(settings().store.value, "s3://other");
  EXPECT_EQ(settings({.config = "wheelyard.toml"}).store.value, "s3://acme-releases/apps");
}

TEST_F(ReleaseSettingsTest, TheFileIsFoundAboveUpToTheRepositorysRoot) {
  write(whole_file);
  std::filesystem::create_directories(root_ / "a/b");
  EXPECT_EQ(settings_in(root_ / "a/b").file, root_ / "wheelyard.toml");
  std::filesystem::create_directories(root_ / "a/.git");
  EXPECT_EQ(find_wheelyard_toml(root_ / "a/b"), std::nullopt);
  write("[release]\nstore = \"s3://a\"\nranks = [\"one\"]", "a/wheelyard.toml");
  EXPECT_EQ(settings_in(root_ / "a/b").store.value, "s3://a");
}

TEST_F(ReleaseSettingsTest, WhatBearsItsNameAndIsNoFileIsNotPassedOver) {
  write(whole_file);
  std::filesystem::create_directories(root_ / "a/b");
  std::filesystem::create_symlink("nowhere", root_ / "a/wheelyard.toml");
  EXPECT_THAT(message_of([&] { settings_in(root_ / "a/b"); }),
              HasSubstr("it is a link to what is not there"));
  std::filesystem::remove(root_ / "a/wheelyard.toml");
  std::filesystem::create_directory(root_ / "a/wheelyard.toml");
  EXPECT_THAT(message_of([&] { settings_in(root_ / "a/b"); }), HasSubstr("it is not a file"));
  std::filesystem::remove(root_ / "a/wheelyard.toml");
  std::filesystem::create_symlink("../wheelyard.toml", root_ / "a/wheelyard.toml");
  EXPECT_EQ(settings_in(root_ / "a/b").file, root_ / "a/wheelyard.toml");
}

TEST_F(ReleaseSettingsTest, AFileOfSomebodyElseIsNotPickedUpFromAbove) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write(whole_file);
  std::filesystem::create_directories(root_ / "a");
  ASSERT_EQ(::chown((root_ / "wheelyard.toml").c_str(), 4711, 4711), 0);
  EXPECT_THAT(message_of([&] { settings_in(root_ / "a"); }),
              HasSubstr("it belongs to another user (number 4711)"));
  EXPECT_EQ(settings_in(root_ / "a", {.config = "../wheelyard.toml"}).store.value, "s3://acme-releases/apps");
  EXPECT_EQ(settings().store.value, "s3://acme-releases/apps");
}

}  // namespace
}  // namespace wheelyard::config
