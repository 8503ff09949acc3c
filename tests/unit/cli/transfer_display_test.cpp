#include "wheelyard/cli/transfer_display.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "wheelyard/base/text.hpp"

namespace wheelyard::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using transfer::ItemEvent;

const ItemEvent uploaded{
    .action = ItemEvent::Action::upload, .source = "a b", .target = "s3://b/a b", .size = 3, .etag = "e"};
const ItemEvent failed{.action = ItemEvent::Action::download,
                       .outcome = ItemEvent::Outcome::failed,
                       .source = "s3://b/x",
                       .target = "x",
                       .error = Error(ErrorCode::permission_denied, "read", "s3://b/x", "no", "ask")};
const ItemEvent skipped{.action = ItemEvent::Action::copy,
                        .outcome = ItemEvent::Outcome::skipped,
                        .source = "s3://b/y",
                        .target = "s3://c/y",
                        .reason = "it is there"};

struct Shown {
  int status = 0;
  std::string out;
  std::string err;
};

Shown show(Output::Settings settings, TransferDisplay::Settings how, const std::vector<ItemEvent>& items,
           const transfer::TransferReport& report) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Output output(settings);
  TransferDisplay display(output, how);
  const auto sinks = display.sinks();
  for (const auto& item : items) sinks.on_item(item);
  const int status = display.finish(report);
  output.flush();
  std::string out = testing::internal::GetCapturedStdout();
  return {status, out, testing::internal::GetCapturedStderr()};
}

TEST(TransferDisplay, InText) {
  const auto shown = show({}, {}, {uploaded, skipped}, {.done = 1, .skipped = 1, .bytes = 3});
  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.out,
              HasSubstr("uploaded  a b -> s3://b/a b\nskipped  s3://b/y -> s3://c/y (it is there)\n"));
  EXPECT_THAT(shown.out, HasSubstr("1 done, 1 skipped; 3 B in 0.00 s"));
  EXPECT_EQ(shown.err, "");
}

TEST(TransferDisplay, AFailureIsToldOnStandardErrorAndCounted) {
  const auto shown = show({}, {}, {failed, uploaded, failed}, {.done = 1, .failed = 2, .bytes = 3});
  EXPECT_EQ(shown.status, 1);
  EXPECT_EQ(shown.err, "error: cannot read s3://b/x: no\nhint:  ask\nerror: cannot read s3://b/x: no\n");
  EXPECT_THAT(shown.out, HasSubstr("1 done, 2 failed"));
}

TEST(TransferDisplay, AFailureThatIsOnlyAnEventIsNoSuccess) {
  EXPECT_EQ(show({}, {}, {failed}, {}).status, 1);
  EXPECT_EQ(show({}, {}, {}, {.failed = 1}).status, 1);
}

TEST(TransferDisplay, EventsAreALineEach) {
  const auto shown =
      show({.json = true, .json_lines = true}, {.shows_skipped = false}, {uploaded, failed, skipped},
           {.done = 1, .skipped = 1, .failed = 1, .removed = 4, .bytes = 3});
  EXPECT_EQ(shown.err, "");
  std::vector<json> lines;
  for (const auto line : split(trim(shown.out), '\n')) lines.push_back(json::parse(line));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], json::parse(R"({"event": "item", "action": "upload", "outcome": "done", "source": "a b",
    "target": "s3://b/a b", "size": 3, "etag": "e", "moved": false, "reason": null, "error": null})"));
  EXPECT_EQ(lines[1]["error"]["code"], "permission_denied");
  EXPECT_EQ(lines[1]["error"]["hint"], "ask");
  EXPECT_EQ(lines[2]["outcome"], "skipped");
  EXPECT_EQ(lines[3]["event"], "summary");
  EXPECT_EQ(lines[3]["removed"], 4);
  EXPECT_EQ(lines[3]["failed"], 1);
}

TEST(TransferDisplay, QuietTellsFailuresAlone) {
  const auto shown = show({.quiet = true}, {}, {uploaded, failed}, {.done = 1, .failed = 1});
  EXPECT_EQ(shown.out, "");
  EXPECT_THAT(shown.err, HasSubstr("error:"));
}

TEST(TransferDisplay, StandardOutputMayBelongToTheData) {
  const auto shown = show({}, {.stdout_is_data = true}, {uploaded}, {.done = 1});
  EXPECT_EQ(shown.out, "");
  EXPECT_THAT(shown.err, HasSubstr("1 done"));
}

TEST(TransferDisplay, ADryRunSaysSo) {
  ItemEvent planned = uploaded;
  planned.outcome = ItemEvent::Outcome::planned;
  const auto shown = show({}, {.dry_run = true}, {planned}, {.done = 1, .removed = 2});
  EXPECT_THAT(shown.out, HasSubstr("would upload  a b"));
  EXPECT_THAT(shown.out, HasSubstr("dry run: 1 to do, 2 to remove"));
}

TEST(TransferDisplay, NamesCannotSteerTheTerminal) {
  ItemEvent evil = uploaded;
  evil.source = "a\x1b[2Jb\n";
  EXPECT_THAT(show({}, {}, {evil}, {}).out, testing::Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace wheelyard::cli
