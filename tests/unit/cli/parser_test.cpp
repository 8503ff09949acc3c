#include "wheelyard/cli/parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/cli/options.hpp"

namespace wheelyard::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A verb's table with one of everything, and the common options behind it as every verb has them.
struct Fixture : testing::Test {
  Fixture() {
    set.flag(force, {.name = "force", .letter = 'f'});
    set.flag(plain, {.name = "plain", .excludes = "colour"});
    set.value(colour,
              {.name = "colour", .letter = 'c', .value_name = "WHEN", .choices = {"always", "never"}});
    set.values(tags, {.name = "tag", .value_name = "TAG"});
    set.number(jobs, 1, 64, {.name = "jobs", .letter = 'j', .value_name = "N"});
    set.argument(files, {.name = "FILE", .help = "what to send", .required = true, .repeatable = true});
    declare_common_options(set, common);
  }

  void parse(const std::vector<std::string>& arguments) { parse_arguments(arguments, set); }
  std::string problem_of(const std::vector<std::string>& arguments) {
    try {
      parse(arguments);
    } catch (const UsageError& error) {
      return std::string(error.what()) + " | " + error.hint();
    }
    return "none";
  }

  bool force = false;
  bool plain = false;
  std::string colour = "auto";
  std::vector<std::string> tags;
  std::uint64_t jobs = 4;
  std::vector<std::string> files;
  CommonOptions common;
  OptionSet set;
};

TEST_F(Fixture, StoresEveryKindOfValue) {
  parse(
      {"a.whl", "--force", "--colour=never", "-j", "8", "--tag", "x", "--tag=y", "b.whl", "-r", "s3://b/p"});
  EXPECT_TRUE(force);
  EXPECT_EQ(colour, "never");
  EXPECT_EQ(jobs, 8u);
  EXPECT_THAT(tags, ElementsAre("x", "y"));
  EXPECT_THAT(files, ElementsAre("a.whl", "b.whl"));
  EXPECT_EQ(common.repo, "s3://b/p");
}

TEST_F(Fixture, KeepsDefaultsOfWhatIsNotGiven) {
  parse({"a.whl"});
  EXPECT_FALSE(force);
  EXPECT_EQ(colour, "auto");
  EXPECT_EQ(jobs, 4u);
  EXPECT_EQ(set.find("jobs")->default_text, "4");
}

TEST_F(Fixture, ReadsClusteredLetters) {
  parse({"-fqj9", "a.whl"});
  EXPECT_TRUE(force);
  EXPECT_TRUE(common.quiet);
  EXPECT_EQ(jobs, 9u);
}

TEST_F(Fixture, TakesTheLastOfASingleValue) {
  parse({"--repo", "one", "a.whl", "--repo", "two"});
  EXPECT_EQ(common.repo, "two");
}

TEST_F(Fixture, TakesArgumentsAsTheyAre) {
  parse({"[ab]", "{x,y}", "a b", "", "-", "--", "--force", "-x"});
  EXPECT_THAT(files, ElementsAre("[ab]", "{x,y}", "a b", "", "-", "--force", "-x"));
  EXPECT_FALSE(force);
}

TEST_F(Fixture, AValueMayLookLikeAList) {
  parse({"--tag", "[a,b]", "--tag=", "x"});
  EXPECT_THAT(tags, ElementsAre("[a,b]", ""));
  EXPECT_THAT(files, ElementsAre("x"));
}

TEST_F(Fixture, AnEmptyValueIsNotOneThatWasLeftOut) {
  const std::string said =
      "--repo is given without a value | leave it out, or see that the variable behind it is set";
  EXPECT_EQ(problem_of({"--repo=", "x"}), said);
  EXPECT_EQ(problem_of({"--repo", "", "x"}), said);
  std::string note = "default";
  set.value(note, {.name = "note", .value_name = "TEXT", .may_be_empty = true});
  parse({"--note=", "x"});
  EXPECT_EQ(note, "");
}

TEST_F(Fixture, AnAgeNamesItsUnit) {
  std::chrono::seconds age{0};
  std::chrono::seconds span{0};
  set.age(age, {.name = "older-than", .value_name = "TIME"});
  set.duration(span, {.name = "expires", .value_name = "TIME"});
  parse({"--older-than", "90d", "--expires", "90", "x"});
  EXPECT_EQ(age, std::chrono::days(90));
  EXPECT_EQ(span, std::chrono::seconds(90));
  EXPECT_THAT(problem_of({"--older-than", "90", "x"}), HasSubstr("it is a time like 90s, 15m, 1h or 7d"));
}

TEST_F(Fixture, AValueMayLookLikeAnOption) {
  parse({"--tag", "--force", "--repo", "-x", "a"});
  EXPECT_THAT(tags, ElementsAre("--force"));
  EXPECT_EQ(common.repo, "-x");
  EXPECT_FALSE(force);
}

TEST_F(Fixture, NamesAMissingArgument) {
  EXPECT_EQ(problem_of({"--force"}), "missing FILE: what to send | ");
}

TEST_F(Fixture, HelpNeedsNoArguments) {
  parse({"--help"});
  EXPECT_TRUE(common.help);
}

TEST_F(Fixture, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(problem_of({"a", "--forse"}), "unknown option '--forse' | did you mean --force?");
  EXPECT_EQ(problem_of({"a", "--zzzzzzzz=secret"}), "unknown option '--zzzzzzzz' | ");
  EXPECT_THAT(problem_of({"a", "-x"}), HasSubstr("unknown option '-x'"));
}

TEST_F(Fixture, RefusesWrongValues) {
  EXPECT_EQ(problem_of({"a", "--jobs", "0"}), "--jobs cannot be '0' | it is a whole number from 1 to 64");
  EXPECT_THAT(problem_of({"a", "--jobs", "65"}), HasSubstr("cannot be '65'"));
  EXPECT_THAT(problem_of({"a", "--jobs", "4x"}), HasSubstr("cannot be '4x'"));
  EXPECT_THAT(problem_of({"a", "--jobs", "-1"}), HasSubstr("'-1'"));
  EXPECT_THAT(problem_of({"a", "--jobs", "99999999999999999999"}), HasSubstr("whole number"));
  EXPECT_EQ(problem_of({"a", "--colour", "red"}), "--colour cannot be 'red' | it is one of always, never");
  EXPECT_EQ(problem_of({"a", "--repo"}), "--repo needs a value | ");
  EXPECT_EQ(problem_of({"a", "-j"}), "-j needs a value | ");
}

TEST_F(Fixture, RefusesOptionsThatExcludeEachOther) {
  EXPECT_THAT(problem_of({"a", "--plain", "--colour", "never"}),
              HasSubstr("--plain and --colour cannot stand together"));
}

TEST_F(Fixture, NamesTheTwoThatExcludeEachOther) {
  bool off = true;
  set.flag_off(off, {.name = "other", .excludes = "tag"});
  EXPECT_THAT(problem_of({"a", "--other", "--tag", "x"}),
              HasSubstr("--other and --tag cannot stand together"));
}

TEST(OrderedOptions, AreMetInTheOrderOfTheCommandLine) {
  std::vector<std::string> met;
  OptionSet set;
  CommonOptions common;
  set.each([&](const std::string& value) { met.push_back("+" + value); },
           {.name = "include", .value_name = "P"});
  set.each([&](const std::string& value) { met.push_back("-" + value); },
           {.name = "exclude", .value_name = "P"});
  declare_common_options(set, common);
  parse_arguments({"--exclude", "*", "--include=[a,b]", "--exclude", "b*", "--include", "--x", "--include="},
                  set);
  EXPECT_THAT(met, ElementsAre("-*", "+[a,b]", "-b*", "+--x", "+"));
}

TEST(Letters, AreTheVerbsOwnBeforeTheCommonOnes) {
  bool recursive = false;
  OptionSet set;
  CommonOptions common;
  set.flag(recursive, {.name = "recursive", .letter = 'r'});
  declare_common_options(set, common);
  set.drop_taken();
  parse_arguments({"-r", "--repo", "x"}, set);
  EXPECT_TRUE(recursive);
  EXPECT_EQ(common.repo, "x");
}

TEST(Names, AreTheVerbsOwnBeforeTheCommonOnes) {
  std::string version;
  OptionSet set;
  CommonOptions common;
  set.value(version, {.name = "version", .value_name = "VERSION"});
  declare_common_options(set, common);
  set.drop_taken();
  parse_arguments({"--version", "1.0", "--json"}, set);
  EXPECT_EQ(version, "1.0");
  EXPECT_FALSE(common.version);
  EXPECT_TRUE(common.json);
}

TEST(Values, MayTellEmptyFromNone) {
  std::optional<std::string> given;
  std::optional<std::string> missing;
  OptionSet set;
  CommonOptions common;
  set.value(given, {.name = "given", .value_name = "X"});
  set.value(missing, {.name = "missing", .value_name = "X"});
  declare_common_options(set, common);
  parse_arguments({"--given="}, set);
  EXPECT_EQ(given, "");
  EXPECT_EQ(missing, std::nullopt);
}

TEST(Values, WithUnits) {
  std::uint64_t size = 0;
  std::chrono::seconds time{3600};
  OptionSet set;
  CommonOptions common;
  set.bytes(size, 5u << 20, std::uint64_t{5} << 30, {.name = "part-size", .value_name = "SIZE"});
  set.duration(time, {.name = "expires", .value_name = "TIME"});
  declare_common_options(set, common);
  EXPECT_EQ(set.find("expires")->default_text, "1h");
  EXPECT_EQ(set.find("part-size")->default_text, "");
  parse_arguments({"--part-size", "64MiB", "--expires=2d"}, set);
  EXPECT_EQ(size, 64u << 20);
  EXPECT_EQ(time, std::chrono::hours(48));
  for (const auto* wrong : {"1M", "6G", "x", ""})
    EXPECT_THROW(parse_arguments({"--part-size", wrong}, set), UsageError) << wrong;
  for (const auto* wrong : {"0", "1y", ""})
    EXPECT_THROW(parse_arguments({"--expires", wrong}, set), UsageError);
}

TEST(Arguments, ARepeatableOneLeavesWhatTheNextNeeds) {
  std::vector<std::string> sources;
  std::vector<std::string> target;
  CommonOptions common;
  OptionSet set;
  set.argument(sources, {.name = "SOURCE", .required = true, .repeatable = true});
  set.argument(target, {.name = "TARGET", .help = "where", .required = true});
  declare_common_options(set, common);
  parse_arguments({"a", "b", "c"}, set);
  EXPECT_THAT(sources, ElementsAre("a", "b"));
  EXPECT_THAT(target, ElementsAre("c"));
  EXPECT_THROW(parse_arguments({"a"}, set), UsageError);
  EXPECT_THROW(parse_arguments({}, set), UsageError);
}

TEST(Arguments, OfALimitedNumber) {
  std::vector<std::string> one;
  CommonOptions common;
  OptionSet set;
  set.argument(one, {.name = "SHELL", .help = "which"});
  declare_common_options(set, common);
  parse_arguments({}, set);
  EXPECT_THAT(one, IsEmpty());
  parse_arguments({"bash"}, set);
  EXPECT_THAT(one, ElementsAre("bash"));
  EXPECT_THROW(parse_arguments({"bash", "zsh"}, set), UsageError);
}

class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    set.command_line(command, "the program");
    declare_common_options(set, common);
  }
  std::vector<std::string> command;
  CommonOptions common;
  OptionSet set;
};

TEST_F(CommandLine, BeginsAfterTheDashes) {
  parse_arguments({"-v", "--repo", "x", "--", "pip", "install", "-r", "reqs.txt", "--", "y"}, set);
  EXPECT_THAT(command, ElementsAre("pip", "install", "-r", "reqs.txt", "--", "y"));
  EXPECT_EQ(common.repo, "x");
  EXPECT_TRUE(common.verbose);
}

TEST_F(CommandLine, BeginsAtTheFirstWordWithoutThem) {
  parse_arguments({"--repo=x", "pip", "install", "--json", "-q", "--help"}, set);
  EXPECT_THAT(command, ElementsAre("pip", "install", "--json", "-q", "--help"));
  EXPECT_FALSE(common.json);
  EXPECT_FALSE(common.help);
}

TEST_F(CommandLine, MayBeMissing) {
  parse_arguments({"--repo", "x"}, set);
  EXPECT_THAT(command, IsEmpty());
}

TEST(VerbPosition, IsBehindOptionsAndTheirValues) {
  CommonOptions common;
  OptionSet set;
  declare_common_options(set, common);
  EXPECT_EQ(find_verb_position({"publish", "a"}, set), 0u);
  EXPECT_EQ(find_verb_position({"--repo", "list", "yank"}, set), 2u);
  EXPECT_EQ(find_verb_position({"--repo=x", "-v", "list"}, set), 2u);
  EXPECT_EQ(find_verb_position({"-qr", "x", "list"}, set), 2u);
  EXPECT_EQ(find_verb_position({"-rx", "list"}, set), 1u);
  EXPECT_EQ(find_verb_position({"--help"}, set), std::nullopt);
  EXPECT_EQ(find_verb_position({"--", "list"}, set), std::nullopt);
  EXPECT_EQ(find_verb_position({}, set), std::nullopt);
}

}  // namespace
}  // namespace wheelyard::cli
