#include "wheelyard/package/name.hpp"

#include <string>

#include <gtest/gtest.h>

namespace wheelyard::package {
namespace {

TEST(Name, TakesWhatPep508Takes) {
  for (const auto* name : {"a", "7", "Django", "zope.interface", "ruamel_yaml", "A--b..c__d", "x-1"}) {
    EXPECT_TRUE(is_valid_name(name)) << name;
  }
}

TEST(Name, RefusesOtherCharactersAndSeparatorsAtTheEnds) {
  for (const std::string name : {"", "-a", "a-", ".", "a b", "a/b", "../a", "a\n", "caf\xc3\xa9", "a%2f"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
  EXPECT_FALSE(is_valid_name(std::string("a\0b", 3)));
}

TEST(Name, NormalisesRunsOfSeparatorsAndCase) {
  EXPECT_EQ(normalize_name("Django"), "django");
  EXPECT_EQ(normalize_name("zope.Interface"), "zope-interface");
  EXPECT_EQ(normalize_name("A-_.-b"), "a-b");
}

TEST(Name, KnowsItsNormalForm) {
  EXPECT_TRUE(is_normalized_name("zope-interface"));
  for (const auto* name : {"Django", "zope.interface", "a--b", "-a", "a-", ""}) {
    EXPECT_FALSE(is_normalized_name(name)) << name;
  }
}

}  // namespace
}  // namespace wheelyard::package
