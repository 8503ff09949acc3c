#include "wheelyard/release/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/release/refused.hpp"

namespace wheelyard::release {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return std::string(error.what()) + " | " + error.hint();
  }
  return "nothing was thrown";
}

TEST(RulesFromRanks, AreSplitAtCommasAndStripped) {
  const auto rules = rules_from_ranks(" qa, staging ,production\n", "AWS_S3_RANKS");
  ASSERT_EQ(rules.ranks.size(), 3U);
  EXPECT_EQ(rules.ranks[0].rank, "qa");
  EXPECT_EQ(rules.ranks[1].rank, "staging");
  EXPECT_EQ(rules.ranks[2].rank, "production");
  EXPECT_EQ(rules.index_of("staging"), 1U);
  EXPECT_EQ(rules.find("production"), &rules.ranks[2]);
  EXPECT_EQ(rules.find("prod"), nullptr);
  EXPECT_NO_THROW(rules.check());
}

TEST(RulesFromRanks, SayWhatIsWrongAndWhere) {
  const auto of = [](std::string_view text) {
    return failure([&] { rules_from_ranks(text, "AWS_S3_RANKS"); });
  };
  EXPECT_THAT(of(""), AllOf(HasSubstr("AWS_S3_RANKS"), HasSubstr("there are none in it")));
  EXPECT_THAT(of(" \t "), HasSubstr("there are none in it"));
  EXPECT_THAT(of("qa,,production"), HasSubstr("one of them is empty"));
  EXPECT_THAT(of("qa,"), HasSubstr("one of them is empty"));
  EXPECT_THAT(of("qa, prod ,qa"), HasSubstr("'qa' is there twice"));
  EXPECT_THAT(of("qa,archive"), AllOf(HasSubstr("'archive' cannot be a rank"), HasSubstr("AWS_S3_RANKS")));
  EXPECT_THAT(of("qa,a/b"), HasSubstr("'a/b' cannot be a rank"));
  EXPECT_THAT(of("qa,.."), HasSubstr("'..' cannot be a rank"));
  EXPECT_THAT(of("qa,.wheelyard"), HasSubstr("'.wheelyard' cannot be a rank"));
}

TEST(PipelineRules, AreCheckedWhole) {
  EXPECT_THAT(failure([] { PipelineRules{}.check(); }), HasSubstr("it has no ranks"));
  EXPECT_THAT(failure([] { PipelineRules{.ranks = {{.rank = "qa"}, {.rank = "qa"}}}.check(); }),
              HasSubstr("the rank 'qa' twice"));
  EXPECT_THAT(failure([] { PipelineRules{.ranks = {{.rank = "archive"}}}.check(); }), HasSubstr("'archive'"));
  PipelineRules rules{.ranks = {{.rank = "qa"}}};
  rules.ranks[0].commands.push_back({.name = "smoke test"});
  EXPECT_THAT(failure([&] { rules.check(); }),
              HasSubstr("the gate 'smoke test' of the rank 'qa': it has no command"));
  rules = {.ranks = {{.rank = "qa"}, {.rank = "staging"}, {.rank = "production"}}};
  rules.ranks[1].commands = rules.ranks[2].commands = {{.name = "smoke", .command = {"true"}}};
  EXPECT_NO_THROW(rules.check()) << "in another rank it is another gate";
  rules.ranks[2].commands.push_back({.name = "smoke", .command = {"false"}});
  EXPECT_THAT(failure([&] { rules.check(); }),
              HasSubstr("the gate 'smoke' of the rank 'production': it is there twice"));
  rules.ranks[2].commands.back().name = " ";
  EXPECT_THAT(failure([&] { rules.check(); }),
              HasSubstr("the gates of the rank 'production': one has no name"));
}

TEST(PipelineRules, NameTheRanksThatThereAre) {
  const auto rules = rules_from_ranks("qa,production", "--ranks");
  try {
    static_cast<void>(rules.index_of("prod"));
    ADD_FAILURE() << "found";
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.refusal(), Refusal::unknown_rank);
    EXPECT_THAT(refused.what(), HasSubstr("'prod'"));
    EXPECT_THAT(refused.hint(), HasSubstr("qa, production"));
  }
}

}  // namespace
}  // namespace wheelyard::release
