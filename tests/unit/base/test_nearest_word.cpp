#include <gtest/gtest.h>

#include "wheelyard/base/nearest_word.hpp"

namespace wheelyard {
namespace {

TEST(NearestWord, IsOneThatWasProbablyMeant) {
  const std::vector<std::string> verbs{"publish", "list", "yank", "unyank"};
  EXPECT_EQ(nearest_word("publsh", verbs), "publish");
  EXPECT_EQ(nearest_word("lst", verbs), "list");
  EXPECT_EQ(nearest_word("upload", verbs), "");
  EXPECT_EQ(nearest_word("", verbs), "");
  EXPECT_EQ(nearest_word("a", {"*"}), "") << "they share nothing";
  EXPECT_EQ(nearest_word("lsit", verbs), "list") << "two letters swapped are one mistake";
  EXPECT_EQ(nearest_word("unyank", verbs), "unyank");
  EXPECT_EQ(nearest_word("ynak", verbs), "yank");
  EXPECT_EQ(nearest_word("x", {"y", "x"}), "x") << "the nearest, not the first";
}

TEST(NearestWord, IsAskedAbout) {
  EXPECT_EQ(did_you_mean("prodction", {"qa", "production"}), "did you mean 'production'?");
  EXPECT_EQ(did_you_mean("moon", {"qa", "production"}), "");
}

}  // namespace
}  // namespace wheelyard
