#include <gtest/gtest.h>

#include "wheelyard/base/clock.hpp"

namespace wheelyard {
namespace {

using namespace std::chrono;

const TimePoint moment = TimePoint(sys_days(year(2026) / 11 / 21)) + hours(9) + minutes(18) + seconds(25);

TEST(Clock, Rfc3339BothWays) {
  EXPECT_EQ(to_rfc3339(moment), "2026-11-21T09:18:25.000000Z");
  EXPECT_EQ(to_rfc3339(moment + microseconds(1)), "2026-11-21T09:18:25.000001Z");
  EXPECT_EQ(parse_rfc3339("2026-11-21T09:18:25Z"), moment);
  EXPECT_EQ(parse_rfc3339("2026-11-21T09:18:25.5z"), moment + milliseconds(500));
  EXPECT_EQ(parse_rfc3339("2026-11-21T09:18:25.123456789Z"), moment + microseconds(123456));
  EXPECT_EQ(parse_rfc3339("2026-11-21T10:48:25+01:30"), moment);
  EXPECT_EQ(parse_rfc3339("2026-11-20T23:18:25-10:00"), moment);
  EXPECT_EQ(to_rfc3339(TimePoint(microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(Clock, Rfc3339Refuses) {
  for (const char* bad :
       {"", "2026-11-21", "2026-11-21T09:18:25", "2026-11-21 09:18:25Z", "2026-02-30T09:18:25Z",
        "2026-11-21T24:18:25Z", "2026-11-21T09:18:25.Z", "2026-11-21T09:18:25Zx", "2026-11-21T09:18:25+1:00",
        "2026-13-01T00:00:00Z", "+026-11-21T09:18:25Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(Clock, HttpDatesInAllThreeForms) {
  EXPECT_EQ(to_http_date(moment), "Sat, 21 Nov 2026 09:18:25 GMT");
  EXPECT_EQ(parse_http_date("Sat, 21 Nov 2026 09:18:25 GMT"), moment);
  EXPECT_EQ(parse_http_date("Saturday, 21-Nov-26 09:18:25 GMT"), moment);
  EXPECT_EQ(parse_http_date("Sat Nov 21 09:18:25 2026"), moment);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"),
            TimePoint(sys_days(year(1994) / 11 / 6)) + hours(8) + minutes(49) + seconds(37));
  for (const char* bad : {"", "Sat", "Sat, 21 Nov 2026 09:18:25", "Sat, 21 Nov 2026 09:18:25 UTC",
                          "Sat, 31 Nov 2026 09:18:25 GMT", "120", "Sat, 21 Foo 2026 09:18:25 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

TEST(Clock, NowIsNow) {
  EXPECT_LT(abs(now() - system_clock::now()), seconds(5));
}

}  // namespace
}  // namespace wheelyard
