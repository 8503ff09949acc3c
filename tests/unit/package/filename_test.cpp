#include "wheelyard/package/filename.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelyard::package {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Filename good(const std::string& text) {
  auto result = parse_filename(text);
  EXPECT_TRUE(result.filename) << text << ": " << result.problem;
  return result.filename.value_or(Filename{});
}

TEST(Filename, ReadsAWheel) {
  const auto name = good("Ruamel.yaml-1!2.0rc1+cu11-7b-py2.py3-none-manylinux1_x86_64.linux_x86_64.whl");
  EXPECT_EQ(name.kind, DistributionKind::wheel);
  EXPECT_EQ(name.name, "Ruamel.yaml");
  EXPECT_EQ(name.normalized_name, "ruamel-yaml");
  EXPECT_EQ(name.version.to_string(), "1!2.0rc1+cu11");
  EXPECT_EQ(name.build, "7b");
  EXPECT_THAT(name.pythons, ElementsAre("py2", "py3"));
  EXPECT_THAT(name.abis, ElementsAre("none"));
  EXPECT_THAT(name.platforms, ElementsAre("manylinux1_x86_64", "linux_x86_64"));
}

TEST(Filename, ReadsSdistsOldAndNew) {
  EXPECT_EQ(good("foo_bar-1.0.tar.gz").normalized_name, "foo-bar");
  EXPECT_EQ(good("foo-bar-1.0.zip").name, "foo-bar");
  EXPECT_EQ(good("Foo-Bar-1.0-beta2.tar.bz2").version.to_string(), "1.0b2");
  EXPECT_EQ(good("foo-1.0.tgz").kind, DistributionKind::sdist);
}

TEST(Filename, SaysWhatIsWrong) {
  EXPECT_THAT(parse_filename("foo-1.0-py3-none.whl").problem, HasSubstr("five parts"));
  EXPECT_THAT(parse_filename("foo-x-py3-none-any.whl").problem, HasSubstr("\"x\" is not a version"));
  EXPECT_THAT(parse_filename("foo-1.0-b-py3-none-any.whl").problem, HasSubstr("build tag"));
  EXPECT_THAT(parse_filename("foo-1.0-3-none-any.whl").problem, HasSubstr("python tag"));
  EXPECT_THAT(parse_filename("foo.tar.gz").problem, HasSubstr("version"));
  EXPECT_THAT(parse_filename("foo-1.0.egg").problem, HasSubstr(".whl"));
  EXPECT_THAT(parse_filename("f\xc3\xb6o-1.0.tar.gz").problem, HasSubstr("not ASCII"));
  EXPECT_THAT(parse_filename("../foo-1.0.tar.gz").problem, HasSubstr("path separator"));
  EXPECT_THAT(parse_filename("foo-1.0.tar.gz\n").problem, HasSubstr("control character"));
  EXPECT_FALSE(parse_filename("").problem.empty());
  EXPECT_FALSE(parse_filename("----.whl").filename);
  EXPECT_FALSE(parse_filename(".tar.gz").filename);
}

TEST(Filename, SplitsALegacyNameByItsProject) {
  EXPECT_EQ(parse_filename_of("foo-2-1.0.tar.gz", "foo-2").value().version.to_string(), "1.0");
  EXPECT_EQ(parse_filename_of("foo-2-1.tar.gz", "foo").value().version.to_string(), "2.post1");
  EXPECT_FALSE(parse_filename_of("foo-2-1.tar.gz", "bar"));
  EXPECT_TRUE(parse_filename_of("Foo-1.0-py3-none-any.whl", "foo"));
  EXPECT_FALSE(parse_filename_of("Foo-1.0-py3-none-any.whl", "fo"));
}

TEST(Filename, KnowsWhatAFolderScanShouldLookAt) {
  for (const auto* name : {"a.whl", "a.tar.gz", "a.zip", "a.tar.bz2", "a.tgz"})
    EXPECT_TRUE(looks_like_distribution(name));
  for (const auto* name : {"a.egg", "whl", "a.whl.metadata", "a.tar.gz.asc", ".tar.gz"}) {
    EXPECT_FALSE(looks_like_distribution(name)) << name;
  }
}

}  // namespace
}  // namespace wheelyard::package
