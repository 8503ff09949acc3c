#include "wheelyard/package/marker.hpp"

#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"
#include "wheelyard/package/marker_environments.hpp"

namespace wheelyard::package {
namespace {

using Truth = Marker::Truth;

Truth decide(const std::string& text, const MarkerEnvironment& environment) {
  const auto parsed = Marker::parse(text);
  EXPECT_TRUE(parsed.marker) << text << ": " << parsed.problem;
  return parsed.marker ? parsed.marker->evaluate(environment) : Truth::maybe;
}

const MarkerEnvironment linux{{"python_version", "3.11"}, {"sys_platform", "linux"}, {"extra", "server"}};

TEST(Marker, DecidesWhatIsKnown) {
  EXPECT_EQ(decide("python_version >= '3.8'", linux), Truth::yes);
  EXPECT_EQ(decide("python_version < '3.9'", linux), Truth::no);
  EXPECT_EQ(decide("'3.9' > python_version", linux), Truth::no);
  EXPECT_EQ(decide("python_version ~= '3.8'", linux), Truth::yes);
  EXPECT_EQ(decide("python_version in '2.7, 3.11'", linux), Truth::yes);
  EXPECT_EQ(decide("python_version not in '2.7, 3.11'", linux), Truth::no);
  EXPECT_EQ(decide("sys_platform == 'win32'", linux), Truth::no);
  EXPECT_EQ(decide("sys.platform != 'win32'", linux), Truth::yes);
  EXPECT_EQ(decide("'lin' in sys_platform", linux), Truth::yes);
}

TEST(Marker, ComparesVersionsAsVersionsAndNothingElse) {
  EXPECT_EQ(decide("python_version > '3.9'", {{"python_version", "3.10"}}), Truth::yes);
  EXPECT_EQ(decide("platform_machine > '3.9'", {{"platform_machine", "3.10"}}), Truth::no);
  EXPECT_EQ(decide("platform_machine ~= '3.9'", {{"platform_machine", "3.10"}}), Truth::maybe);
  EXPECT_EQ(decide("platform_release >= '5'", {{"platform_release", "6.1.0-13-amd64"}}), Truth::no);
}

TEST(Marker, ComparesExtrasInTheirNormalForm) {
  EXPECT_EQ(decide("extra == 'Server'", linux), Truth::yes);
  EXPECT_EQ(decide("'SERVER' == extra", linux), Truth::yes);
  EXPECT_EQ(decide("extra == 'web_Server'", {{"extra", "web-server"}}), Truth::yes);
  EXPECT_EQ(decide("extra == 'other'", linux), Truth::no);
  EXPECT_EQ(decide("extra == 'other'", {{"extra", ""}}), Truth::no);
}

TEST(Marker, MayHoldWhereSomethingIsUnknown) {
  EXPECT_EQ(decide("os_name == 'nt'", linux), Truth::maybe);
  EXPECT_EQ(decide("os_name == 'nt' and python_version < '3'", linux), Truth::no);
  EXPECT_EQ(decide("os_name == 'nt' or python_version < '3'", linux), Truth::maybe);
  EXPECT_EQ(decide("os_name == 'nt' or python_version > '3'", linux), Truth::yes);
}

TEST(Marker, AndBindsTighterThanOr) {
  EXPECT_EQ(decide("extra == 'server' or extra == 'x' and extra == 'y'", linux), Truth::yes);
  EXPECT_EQ(decide("(extra == 'server' or extra == 'x') and extra == 'y'", linux), Truth::no);
  EXPECT_EQ(decide("extra == 'y' and (extra == 'x' or extra == 'server')", linux), Truth::no);
}

TEST(Marker, WritesWhatItRead) {
  const auto text = [](const std::string& marker) {
    return Marker::parse(marker).marker.value().to_string();
  };
  EXPECT_EQ(text("  python_implementation=='CPython'and( os.name=='nt'  or extra=='A_b')"),
            R"(platform_python_implementation == "CPython" and (os_name == "nt" or extra == "a-b"))");
  EXPECT_EQ(text(R"((((os_name == 'a"b'))))"), R"(os_name == 'a"b')");
}

TEST(MarkerEnvironments, AreEveryPythonOnEveryPlatform) {
  EXPECT_TRUE(marker_environments({}, {}).empty());
  const auto pythons = marker_environments({"3.8", "3.11.4"}, {});
  ASSERT_EQ(pythons.size(), 2u);
  EXPECT_EQ(pythons[0], (MarkerEnvironment{{"python_version", "3.8"}}));
  EXPECT_EQ(pythons[1], (MarkerEnvironment{{"python_version", "3.11"}, {"python_full_version", "3.11.4"}}));
  const auto all = marker_environments({"3.8", "3.9"}, {"linux", "windows", "macos"});
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(decide("sys_platform == 'win32' and os_name == 'nt' and platform_system == 'Windows'", all[1]),
            Truth::yes);
  EXPECT_EQ(decide("sys_platform == 'darwin' and os_name == 'posix' and python_version == '3.9'", all[5]),
            Truth::yes);
  for (const auto* const bad : {"", "3", "three", "3.x", "3.11.1.1", "3..1", "v3.1"})
    EXPECT_THROW(marker_environments({bad}, {}), Error) << bad;
  EXPECT_THROW(marker_environments({}, {"beos"}), Error);
}

TEST(Marker, RefusesWhatIsNone) {
  for (const auto* const text :
       {"", " ", "python_version", "python_version >=", "python_version >= 3.8", "'a' == 'b'",
        "os_name == 'a' and", "os_name == 'a' xor os_name == 'b'", "(os_name == 'a'", "os_name == 'a')",
        "os_name = 'a'", "os_name notin 'a'", "os_name == 'a", "os_names == 'a'", "os_name == 'a\\'",
        "os_name == 'a' os_name == 'b'", "os_name == 'a'\n"}) {
    const auto parsed = Marker::parse(text);
    EXPECT_FALSE(parsed.marker) << text;
    EXPECT_FALSE(parsed.problem.empty()) << text;
  }
  EXPECT_EQ(Marker::parse("'a' == 'b'").problem, "it compares two texts, 'a' and 'b'");
}

TEST(Marker, BracketsWithinBracketsAreBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "os_name == 'a'" + std::string(depth, ')');
  };
  EXPECT_TRUE(Marker::parse(nested(50)).marker);
  EXPECT_EQ(Marker::parse(nested(100'000)).problem, "it has too many brackets within brackets");
}

}  // namespace
}  // namespace wheelyard::package
