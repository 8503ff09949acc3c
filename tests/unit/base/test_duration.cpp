#include <gtest/gtest.h>

#include "wheelyard/base/duration.hpp"

namespace wheelyard {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Durations, ThereAndBack) {
  EXPECT_EQ(parse_duration("90"), seconds(90));
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("15m"), minutes(15));
  EXPECT_EQ(parse_duration("1h"), hours(1));
  EXPECT_EQ(parse_duration("7d"), hours(7 * 24));
  EXPECT_EQ(duration_text(hours(1)), "1h");
  EXPECT_EQ(duration_text(seconds(90)), "90s");
  EXPECT_EQ(duration_text(hours(48)), "2d");
}

TEST(Durations, OfNothingElse) {
  for (const auto* text : {"", "h", "-1h", "1.5h", "1w", "1h30m", "999999999999d"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Durations, AsAPersonSaysThem) {
  EXPECT_EQ(spoken_duration(seconds(0)), "0 seconds");
  EXPECT_EQ(spoken_duration(seconds(-5)), "0 seconds");
  EXPECT_EQ(spoken_duration(seconds(1)), "1 second");
  EXPECT_EQ(spoken_duration(seconds(59)), "59 seconds");
  EXPECT_EQ(spoken_duration(minutes(119)), "1 hour");
  EXPECT_EQ(spoken_duration(hours(71)), "2 days");
}

}  // namespace
}  // namespace wheelyard
