#include "wheelyard/package/specifier.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace wheelyard::package {
namespace {

bool holds(const std::string& set, const std::string& version) {
  return SpecifierSet::parse(set).value().contains(Version::parse(version).value());
}

TEST(SpecifierSet, HoldsVersions) {
  const std::vector<std::pair<std::string, std::string>> inside = {{"", "1.0a1"},
                                                                   {"~=1.4.2", "1.4.9"},
                                                                   {"~=1.4", "1.99"},
                                                                   {"==1.0", "1.0.0+local"},
                                                                   {"==1.0+a.1", "1+A.1"},
                                                                   {"==1.2.*", "1.2rc1"},
                                                                   {"!=1.2.*", "1.3.dev0"},
                                                                   {"<=1.0", "1.0+local"},
                                                                   {">1.0.post1", "1.0.post2"},
                                                                   {"<1.0rc2", "1.0rc1"},
                                                                   {">=1.2,<2,!=1.5.*", "1.6"},
                                                                   {"===1.0", "1.0"},
                                                                   {"~=1!1.0", "1!1.5"}};
  for (const auto& [set, version] : inside) EXPECT_TRUE(holds(set, version)) << version << " in " << set;
}

TEST(SpecifierSet, LeavesVersionsOut) {
  const std::vector<std::pair<std::string, std::string>> outside = {
      {"~=1.4.2", "1.5.0"},  {"~=1.4", "2.0.dev1"}, {"==1.0", "1.0.post1"},           {"==1.0+a", "1.0"},
      {"==1.2.*", "1.20"},   {"!=1.2.*", "1.2"},    {"!=1.0", "1.0+local"},           {">1.0", "1.0.post1"},
      {">1.0", "1.0+local"}, {"<1.0", "1.0rc1"},    {"<1.0.post1", "1.0.post1.dev0"}, {">=1.2,<2", "2"},
      {"===1.0", "1.0.0"},   {"~=1.0", "1!1.0"}};
  for (const auto& [set, version] : outside) EXPECT_FALSE(holds(set, version)) << version << " in " << set;
}

TEST(SpecifierSet, RefusesWhatIsNone) {
  for (const std::string text : {"1.0", "=1.0", "==", "~=1", "~=1.0.*", ">=1.*", ">=1.0+a", "==1.0a1.*",
                                 "==1.0 .*", "==*", "===a b", ">=1 <2", ">=1;", "^1.0", "any"}) {
    EXPECT_FALSE(SpecifierSet::parse(text)) << text;
  }
}

TEST(SpecifierSet, WritesItselfSortedAndOnce) {
  EXPECT_EQ(SpecifierSet::parse(" >= 1.0 , <2,!=1.5, >=1,").value().to_string(), "!=1.5,<2,>=1");
  EXPECT_EQ(SpecifierSet::parse("").value().to_string(), "");
  EXPECT_TRUE(SpecifierSet::parse(" , ").value().empty());
}

TEST(SpecifierSet, ChoosesPrereleasesOnlyWhereNothingElseIsLeft) {
  const auto choose = [](const std::string& set, const std::vector<std::string>& texts,
                         std::optional<bool> mode) {
    std::vector<Version> versions;
    for (const auto& text : texts) versions.push_back(Version::parse(text).value());
    std::string chosen;
    for (const auto& version : SpecifierSet::parse(set).value().filter(versions, mode))
      chosen += version.to_string() + " ";
    return chosen;
  };
  EXPECT_EQ(choose(">=1", {"1.0", "2.0rc1"}, std::nullopt), "1.0 ");
  EXPECT_EQ(choose(">=1", {"0.9", "2.0rc1"}, std::nullopt), "2.0rc1 ");
  EXPECT_EQ(choose(">=1rc1", {"1.0", "2.0rc1"}, std::nullopt), "1.0 2.0rc1 ");
  EXPECT_EQ(choose(">=1", {"1.0", "2.0rc1"}, true), "1.0 2.0rc1 ");
  EXPECT_EQ(choose(">=1", {"0.9", "2.0rc1"}, false), "");
}

}  // namespace
}  // namespace wheelyard::package
