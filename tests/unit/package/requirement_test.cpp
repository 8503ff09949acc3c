#include "wheelyard/package/requirement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::package {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Requirement read(const std::string& text) {
  auto parsed = Requirement::parse(text);
  EXPECT_TRUE(parsed.requirement) << text << ": " << parsed.problem;
  return parsed.requirement.value_or(Requirement{});
}

TEST(Requirement, HasItsParts) {
  const auto whole = read(" Acme.Lib [ Fast , web_server ] >=1.2, != 1.3.* ; python_version < '3.11' ");
  EXPECT_EQ(whole.name, "Acme.Lib");
  EXPECT_EQ(whole.normalized_name, "acme-lib");
  EXPECT_THAT(whole.extras, ElementsAre("fast", "web-server"));
  EXPECT_EQ(whole.specifiers.to_string(), "!=1.3.*,>=1.2");
  EXPECT_EQ(whole.url, "");
  ASSERT_TRUE(whole.marker);
  EXPECT_EQ(whole.marker->to_string(), "python_version < \"3.11\"");
  EXPECT_EQ(whole.to_string(), "Acme.Lib[fast,web-server]!=1.3.*,>=1.2; python_version < \"3.11\"");
}

TEST(Requirement, MayBeShort) {
  EXPECT_EQ(read("acme").to_string(), "acme");
  EXPECT_EQ(read("acme[]").to_string(), "acme");
  EXPECT_EQ(read("acme()").to_string(), "acme");
  EXPECT_EQ(read("acme==1").to_string(), "acme==1");
  EXPECT_EQ(read("acme (>=1,<2)").to_string(), "acme<2,>=1");
  EXPECT_EQ(read("acme ( >= 1 , < 2 ) ; os_name=='nt'").to_string(), "acme<2,>=1; os_name == \"nt\"");
  EXPECT_EQ(read("acme>=1,").to_string(), "acme>=1");
  EXPECT_EQ(read("acme;os_name=='nt'").to_string(), "acme; os_name == \"nt\"");
}

TEST(Requirement, MayBeADirectReference) {
  const auto whole = read("acme[a] @ https://example.invalid/acme-1.0.zip ; os_name == 'nt'");
  EXPECT_EQ(whole.url, "https://example.invalid/acme-1.0.zip");
  EXPECT_TRUE(whole.marker);
  EXPECT_EQ(whole.to_string(), "acme[a] @ https://example.invalid/acme-1.0.zip ; os_name == \"nt\"");
  EXPECT_FALSE(read("acme@file:///x;y").marker) << "the URL ends at a blank only";
}

TEST(Requirement, RefusesWhatIsNone) {
  for (const auto* const text : {"",
                                 "  ",
                                 "-acme",
                                 "acme-",
                                 "acme[",
                                 "acme[a",
                                 "acme[a,]",
                                 "acme[a b]",
                                 "acme[,]",
                                 "acme 1.0",
                                 "acme=1.0",
                                 "acme>",
                                 "acme>=",
                                 "acme>=1 <2",
                                 "acme,>=1",
                                 "acme>=1,,<2",
                                 "acme(>=1",
                                 "acme>=1)",
                                 "acme>=x",
                                 "acme @",
                                 "acme;",
                                 "acme; os_name",
                                 "acme\n>=1",
                                 "acme >=1.*",
                                 "acme @ https://x ; nonsense",
                                 "acme\x01"}) {
    const auto parsed = Requirement::parse(text);
    EXPECT_FALSE(parsed.requirement) << text;
    EXPECT_FALSE(parsed.problem.empty()) << text;
  }
  EXPECT_THAT(Requirement::parse("acme; os_name").problem, HasSubstr("its marker cannot be read"));
}

TEST(Requirement, AppliesByMarkerAndExtras) {
  using Truth = Marker::Truth;
  const auto extra = read("lib; extra == 'server' and python_version >= '3.8'");
  EXPECT_EQ(extra.applies({}, {}), Truth::no);
  EXPECT_EQ(extra.applies({}, {"other"}), Truth::no);
  EXPECT_EQ(extra.applies({}, {"other", "server"}), Truth::maybe);
  EXPECT_EQ(extra.applies({{"python_version", "3.7"}}, {"server"}), Truth::no);
  EXPECT_EQ(extra.applies({{"python_version", "3.11"}}, {"server"}), Truth::yes);
  EXPECT_EQ(read("lib").applies({}, {}), Truth::yes);
  EXPECT_EQ(read("lib; sys_platform == 'win32'").applies({}, {}), Truth::maybe);
  EXPECT_EQ(read("lib; sys_platform == 'win32'").applies({{"sys_platform", "linux"}}, {}), Truth::no);
  EXPECT_EQ(read("lib; extra != 'server'").applies({}, {"server"}), Truth::yes)
      << "it is needed without the extra";
}

}  // namespace
}  // namespace wheelyard::package
