#include "wheelyard/transfer/filter.hpp"

#include <gtest/gtest.h>

namespace wheelyard::transfer {
namespace {

TEST(Matches, KnowsShellPatterns) {
  EXPECT_TRUE(matches("*", "a/b/c"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*c", "a/b/c"));
  EXPECT_TRUE(matches("*.whl", "x/y.whl"));
  EXPECT_FALSE(matches("*.whl", "x/y.whl.part"));
  EXPECT_TRUE(matches("a?c", "a/c"));
  EXPECT_FALSE(matches("a?c", "ac"));
  EXPECT_TRUE(matches("[a-c]x", "bx"));
  EXPECT_FALSE(matches("[!a-c]x", "bx"));
  EXPECT_TRUE(matches("[!a-c]x", "dx"));
  EXPECT_TRUE(matches("[]]", "]"));
  EXPECT_TRUE(matches("a[", "a["));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("\\*", "\\anything"));
}

TEST(Matches, TakesTimeThatDoesNotExplode) {
  const std::string path(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", path));
  EXPECT_TRUE(matches(pattern, path));
}

TEST(Filter, TheLastRuleThatFitsDecides) {
  Filter filter;
  EXPECT_TRUE(filter.takes("a.txt"));
  filter.exclude("*");
  filter.include("*.txt");
  EXPECT_TRUE(filter.takes("d/a.txt"));
  EXPECT_FALSE(filter.takes("d/a.bin"));
  filter.exclude("d/*");
  EXPECT_FALSE(filter.takes("d/a.txt"));
}

}  // namespace
}  // namespace wheelyard::transfer
