#include "wheelyard/cli/text.hpp"

#include <gtest/gtest.h>

#include "wheelyard/cli/access_log.hpp"

namespace wheelyard::cli {
namespace {

TEST(HumanSize, ChangesItsUnitInTime) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(1024), "1.0 KiB");
  EXPECT_EQ(human_size(12'600), "12.3 KiB");
  EXPECT_EQ(human_size(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(human_size(5ull << 40), "5.0 TiB");
  EXPECT_EQ(human_size(~0ull), "16.0 EiB");
}

TEST(CountOf, KnowsThePlural) {
  EXPECT_EQ(count_of(0, "file"), "0 files");
  EXPECT_EQ(count_of(1, "file"), "1 file");
  EXPECT_EQ(count_of(2, "file"), "2 files");
}

TEST(IsoSeconds, DropsTheFraction) {
  EXPECT_EQ(iso_seconds(*parse_rfc3339("2026-11-21T09:18:25.999Z")), "2026-11-21T09:18:25Z");
}

TEST(Wrapped, BreaksAtSpacesOnly) {
  EXPECT_EQ(wrapped("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrapped("unbreakable", 4, 0), "unbreakable\n");
  EXPECT_EQ(wrapped("", 10, 2), "");
}

std::string printed(const Table& table, Output::Settings settings = {}) {
  testing::internal::CaptureStdout();
  Output output(settings);
  table.print(output);
  output.flush();
  return testing::internal::GetCapturedStdout();
}

TEST(Table, AlignsItsColumns) {
  Table table({{"NAME"}, {"SIZE", Table::Align::right}, {"NOTE"}});
  table.add({{"a"}, {"1 B"}, {"x"}});
  table.add({{"größer"}, {"1000 B"}, {""}});
  EXPECT_EQ(printed(table),
            "NAME      SIZE  NOTE\n"
            "a          1 B  x\n"
            "größer  1000 B\n");
  EXPECT_EQ(printed(table, {.quiet = true}),
            "a          1 B  x\n"
            "größer  1000 B\n");
}

TEST(Table, ColourDoesNotCountAsWidth) {
  Table table({{""}, {""}});
  table.add({{"ok", Style::green}, {"x"}});
  table.add({{"failed", Style::red}, {"y"}});
  EXPECT_EQ(printed(table, {.colour_out = true}),
            "\x1b[32mok\x1b[0m      x\n"
            "\x1b[31mfailed\x1b[0m  y\n");
}

TEST(Table, MakesHostileCellsHarmless) {
  Table table({{""}});
  table.add({{"a\x1b[2J"}});
  EXPECT_EQ(printed(table), "a\\x1B[2J\n");
}

TEST(AccessLog, IsTheCommonFormatWithTimeAndNote) {
  server::AccessLogEntry entry;
  entry.client = "127.0.0.1:5000";
  entry.method = "GET";
  entry.path = "/simple/acme/";
  entry.status = 503;
  entry.bytes = 42;
  entry.duration = std::chrono::microseconds{1250};
  entry.note = "cannot read it";
  EXPECT_EQ(
      access_log_line(entry, *parse_rfc3339("2026-11-21T09:18:25Z")),
      "127.0.0.1:5000 - - [21/Nov/2026:09:18:25 +0000] \"GET /simple/acme/\" 503 42 1.2ms cannot read it");
}

}  // namespace
}  // namespace wheelyard::cli
