#include <gtest/gtest.h>

#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

TEST(Text, CaseIsChangedInAsciiOnly) {
  EXPECT_EQ(to_lower("AbZ-\xC3\x84"), "abz-\xC3\x84");
  EXPECT_TRUE(equals_ignoring_case("ETag", "etag"));
  EXPECT_FALSE(equals_ignoring_case("ETag", "etags"));
  EXPECT_TRUE(starts_with_ignoring_case("X-Amz-Meta-a", "x-amz-meta-"));
  EXPECT_FALSE(starts_with_ignoring_case("x-am", "x-amz"));
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Text, PrintableEscapesWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1B[2Jb"), "a\\x1B[2Jb");
  EXPECT_EQ(printable("a\r\nb\x7F"), "a\\x0D\\x0Ab\\x7F");
  EXPECT_EQ(printable("\xC2\x9B"
                      "1m"),
            "\\xC2\\x9B"
            "1m");                                              // C1: a one-character escape
  EXPECT_EQ(printable("x\xE2\x80\xAEy"), "x\\xE2\\x80\\xAEy");  // right-to-left override
  EXPECT_EQ(printable("h\xC3\xA9 \xF0\x9F\x98\x80"), "h\xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(printable("\xFF\xC3"), "\\xFF\\xC3");
  EXPECT_EQ(printable(std::string(50, 'a'), 10), "aaaaaaaaaa...");
}

TEST(Text, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(is_utf8("h\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80",
                          "\x80", "\xE2\x82"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(ShellWord, QuotesOnlyWhatMustBe) {
  EXPECT_EQ(shell_word("s3://bucket/a-b_c"), "s3://bucket/a-b_c");
  EXPECT_EQ(shell_word("/my wheels"), "'/my wheels'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace wheelyard
