#include "wheelyard/package/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::package {
namespace {

using testing::ElementsAre;

TEST(Metadata, ReadsFieldsAndBody) {
  const auto metadata = parse_metadata(
      "Metadata-Version: 2.1\nName:  foo \nClassifier: A :: B\nClassifier: C\nVERSION:\t1.0\n\nName: "
      "body\nmore\n",
      "METADATA");
  EXPECT_EQ(metadata.get("name"), "foo ");
  EXPECT_EQ(metadata.get("Version"), "1.0");
  EXPECT_EQ(metadata.get("absent"), "");
  EXPECT_THAT(metadata.get_all("Classifier"), ElementsAre("A :: B", "C"));
  EXPECT_EQ(metadata.body, "Name: body\nmore\n");
}

TEST(Metadata, JoinsContinuationLinesOfEveryLineEnding) {
  const auto metadata = parse_metadata(
      "Name: foo\r\nDescription: one\r\n        two\r\n\tthree\r\nVersion: 1\r\rx", "PKG-INFO");
  EXPECT_EQ(metadata.get("Description"), "one\n        two\n\tthree");
  EXPECT_EQ(metadata.get("Version"), "1");
  EXPECT_EQ(metadata.body, "x");
}

TEST(Metadata, KeepsBytesThatAreNotUtf8) {
  EXPECT_EQ(parse_metadata("Name: foo\nAuthor: Ren\xe9\n", "METADATA").get("author"), "Ren\xe9");
}

TEST(Metadata, EndsTheFieldsAtALineThatIsNone) {
  const auto metadata = parse_metadata("Name: foo\nno field here\nVersion: 1\n", "METADATA");
  EXPECT_EQ(metadata.get("Version"), "");
  EXPECT_EQ(metadata.body, "no field here\nVersion: 1\n");
}

TEST(Metadata, WithoutFieldsIsDamaged) {
  for (const auto* text :
       {"", "\n\nName: foo\n", "\xef\xbb\xbfName: foo\n", "just text", " folded: x", ": x"}) {
    try {
      parse_metadata(text, "foo-1.0.dist-info/METADATA");
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupted);
      EXPECT_THAT(error.what(), testing::HasSubstr("foo-1.0.dist-info/METADATA"));
    }
  }
}

TEST(Metadata, SaysWhetherTheBuildDecidesWhatIsNeeded) {
  const auto open = [](const std::string& head) {
    return leaves_needs_open(parse_metadata(head + "Name: foo\nRequires-Dist: bar\n", "PKG-INFO"));
  };
  EXPECT_FALSE(open("Metadata-Version: 2.2\n"));
  EXPECT_FALSE(open("Metadata-Version: 2.10\nDynamic: Requires-Python\n"));
  EXPECT_TRUE(open("Metadata-Version: 2.1\n"));
  EXPECT_TRUE(open(""));
  EXPECT_TRUE(open("Metadata-Version: 2.4\nDynamic: License\nDynamic: requires-dist \n"));
}

}  // namespace
}  // namespace wheelyard::package
