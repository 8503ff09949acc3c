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
}

TEST(NearestWord, IsAskedAbout) {
  EXPECT_EQ(did_you_mean("prodction", {"qa", "production"}), "did you mean 'production'?");
  EXPECT_EQ(did_you_mean("moon", {"qa", "production"}), "");
}

}  // namespace
}  // namespace wheelyard
