#include "wheelyard/package/version.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace wheelyard::package {
namespace {

std::string normalized(const std::string& text) {
  const auto version = Version::parse(text);
  return version ? version->to_string() : "refused";
}

TEST(Version, IsWrittenInItsNormalForm) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"1.0", "1.0"},
      {"v1.0", "1.0"},
      {" 1.0\n", "1.0"},
      {"1.0-Alpha.1", "1.0a1"},
      {"1.0_beta", "1.0b0"},
      {"1.0preview3", "1.0rc3"},
      {"1.0c4", "1.0rc4"},
      {"1.0-1", "1.0.post1"},
      {"1.0-r4", "1.0.post4"},
      {"1.0.Rev", "1.0.post0"},
      {"1.0dev", "1.0.dev0"},
      {"1.0a-", "1.0a0"},
      {"01.002.0003", "1.2.3"},
      {"00!1", "1"},
      {"2!1.0", "2!1.0"},
      {"1.0+Ubuntu-01_A", "1.0+ubuntu.1.a"},
      {"1!2.3rc4.post5.dev6+seven", "1!2.3rc4.post5.dev6+seven"},
      {"123456789012345678901234567890.0", "123456789012345678901234567890.0"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(normalized(text), expected) << text;
}

TEST(Version, RefusesWhatPep440DoesNotKnow) {
  for (const std::string text :
       {"", "v", "1.", ".1", "1..0", "1.0+", "1.0+a..b", "latest", "1.0-SNAPSHOT", "1.0.*", "1!", "1.0dev1a1",
        "1 .0", "\xd9\xa1.0", "1.0po\xc5\xbft1", "0.1dev-r12"}) {
    EXPECT_EQ(normalized(text), "refused") << text;
  }
  EXPECT_EQ(normalized(std::string("1.0\0", 4)), "refused");
}

TEST(Version, IsOrderedAsPep440Says) {
  const std::vector<std::string> rising = {
      "0.dev0",        "0",       "1.dev0",     "1.0.dev456",    "1.0a1",
      "1.0a2.dev456",  "1.0a12",  "1.0b1.dev2", "1.0b2",         "1.0b2.post345",
      "1.0rc1.dev456", "1.0rc1",  "1.0",        "1.0+abc.5",     "1.0+abc.7",
      "1.0+5",         "1.0+5.a", "1.0+5.0",    "1.0.post0.dev", "1.0.post9",
      "1.0.post10",    "1.0.1",   "1.1.dev1",   "1.10",          "99999999999999999999.1",
      "1!0.1",         "10!0"};
  for (std::size_t i = 0; i < rising.size(); ++i) {
    for (std::size_t j = 0; j < rising.size(); ++j) {
      const auto a = Version::parse(rising[i]).value();
      const auto b = Version::parse(rising[j]).value();
      EXPECT_EQ(a <=> b, i <=> j) << rising[i] << " and " << rising[j];
      EXPECT_EQ(a == b, i == j) << rising[i] << " and " << rising[j];
    }
  }
}

TEST(Version, IgnoresTrailingZerosOfTheRelease) {
  EXPECT_EQ(Version::parse("1.0.0").value(), Version::parse("1").value());
  EXPECT_EQ(Version::parse("0.0rc1").value(), Version::parse("0rc1").value());
  EXPECT_NE(Version::parse("1.0.1").value(), Version::parse("1").value());
}

TEST(Version, NamesItsParts) {
  const auto version = Version::parse("1!2.3rc4.post5.dev6+seven.8").value();
  EXPECT_EQ(version.base_version(), "1!2.3");
  EXPECT_EQ(version.public_version(), "1!2.3rc4.post5.dev6");
  EXPECT_EQ(version.local(), "seven.8");
  EXPECT_TRUE(version.is_prerelease());
  EXPECT_TRUE(version.is_postrelease());
  EXPECT_TRUE(version.is_devrelease());
  EXPECT_TRUE(Version::parse("1.dev0").value().is_prerelease());
  EXPECT_FALSE(Version::parse("1.post1").value().is_prerelease());
}

}  // namespace
}  // namespace wheelyard::package
