#include "wheelyard/server/conditional.hpp"

#include <initializer_list>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace wheelyard::server {
namespace {

Request with(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Request request;
  request.method = "GET";
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  return request;
}

const Validators validators{"\"abc\"", parse_http_date("Sat, 21 Nov 2026 09:18:25 GMT")};
constexpr const char* earlier = "Sat, 21 Nov 2026 09:18:24 GMT";
constexpr const char* same = "Sat, 21 Nov 2026 09:18:25 GMT";
constexpr const char* later = "Sat, 21 Nov 2026 09:18:26 GMT";

TEST(Conditions, EntityTags) {
  EXPECT_EQ(check_conditions(with({}), validators), 0);
  for (const char* list :
       {"\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",\"abc\",\"y\"", " , \"abc\""}) {
    EXPECT_EQ(check_conditions(with({{"If-None-Match", list}}), validators), 304) << list;
  }
  for (const char* list : {"\"ab\"", "abc", "\"abc", "\"x\"", "W/"}) {
    EXPECT_EQ(check_conditions(with({{"If-None-Match", list}}), validators), 0) << list;
  }
  EXPECT_EQ(check_conditions(with({{"If-None-Match", "\"x\""}, {"If-None-Match", "\"abc\""}}), validators),
            304);
  EXPECT_EQ(check_conditions(with({{"If-Match", "\"abc\""}}), validators), 0);
  EXPECT_EQ(check_conditions(with({{"If-Match", "*"}}), validators), 0);
  EXPECT_EQ(check_conditions(with({{"If-Match", "\"x\""}}), validators), 412);
  EXPECT_EQ(check_conditions(with({{"If-Match", "W/\"abc\""}}), validators), 412);
}

TEST(Conditions, Dates) {
  EXPECT_EQ(check_conditions(with({{"If-Modified-Since", same}}), validators), 304);
  EXPECT_EQ(check_conditions(with({{"If-Modified-Since", later}}), validators), 304);
  EXPECT_EQ(check_conditions(with({{"If-Modified-Since", earlier}}), validators), 0);
  EXPECT_EQ(check_conditions(with({{"If-Modified-Since", "yesterday"}}), validators), 0);
  EXPECT_EQ(check_conditions(with({{"If-Unmodified-Since", earlier}}), validators), 412);
  EXPECT_EQ(check_conditions(with({{"If-Unmodified-Since", same}}), validators), 0);
  // A tag says more than a date: the date is not looked at.
  EXPECT_EQ(check_conditions(with({{"If-None-Match", "\"x\""}, {"If-Modified-Since", later}}), validators),
            0);
  EXPECT_EQ(check_conditions(with({{"If-Modified-Since", later}}), {"\"abc\"", std::nullopt}), 0);
}

void expect_range(const char* range, RangeChoice::Kind kind, std::uint64_t offset, std::uint64_t length) {
  const auto choice = choose_range(with({{"Range", range}}), validators, 1000);
  EXPECT_EQ(choice.kind, kind) << range;
  EXPECT_EQ(choice.offset, offset) << range;
  EXPECT_EQ(choice.length, length) << range;
}

TEST(Range, One) {
  using enum RangeChoice::Kind;
  expect_range("bytes=0-0", part, 0, 1);
  expect_range("bytes=0-999", part, 0, 1000);
  expect_range("bytes=10-19", part, 10, 10);
  expect_range("bytes=990-", part, 990, 10);
  expect_range("bytes=990-5000", part, 990, 10);
  expect_range("bytes=-10", part, 990, 10);
  expect_range("bytes=-10000", part, 0, 1000);
  expect_range("bytes=1000-", unsatisfiable, 0, 0);
  expect_range("bytes=1000-2000", unsatisfiable, 0, 0);
  expect_range("bytes=-0", unsatisfiable, 0, 0);
}

TEST(Range, WhatIsNotOneRangeIsTheWhole) {
  for (const char* range :
       {"bytes=0-1,5-6", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=5-4", "items=0-1", "bytes=0x1-2",
        "bytes=99999999999999999999-", "bytes=--5", "bytes=+1-2", "0-5"}) {
    expect_range(range, RangeChoice::Kind::whole, 0, 1000);
  }
  EXPECT_EQ(choose_range(with({}), validators, 1000).kind, RangeChoice::Kind::whole);
}

TEST(Range, OfNothing) {
  EXPECT_EQ(choose_range(with({{"Range", "bytes=0-"}}), validators, 0).kind,
            RangeChoice::Kind::unsatisfiable);
  EXPECT_EQ(choose_range(with({{"Range", "bytes=-5"}}), validators, 0).kind,
            RangeChoice::Kind::unsatisfiable);
}

TEST(Range, OnlyIfItIsStillTheSame) {
  const auto kind = [](const char* if_range) {
    return choose_range(with({{"Range", "bytes=0-1"}, {"If-Range", if_range}}), validators, 1000).kind;
  };
  EXPECT_EQ(kind("\"abc\""), RangeChoice::Kind::part);
  EXPECT_EQ(kind(same), RangeChoice::Kind::part);
  EXPECT_EQ(kind("\"x\""), RangeChoice::Kind::whole);
  EXPECT_EQ(kind("W/\"abc\""), RangeChoice::Kind::whole);
  EXPECT_EQ(kind(earlier), RangeChoice::Kind::whole);
  EXPECT_EQ(kind(later), RangeChoice::Kind::whole);
  EXPECT_EQ(kind("soon"), RangeChoice::Kind::whole);
}

TEST(Etag, IsAlwaysWellFormed) {
  EXPECT_EQ(quote_etag("d41d8cd9-3"), "\"d41d8cd9-3\"");
  EXPECT_EQ(quote_etag("a\"b\r\nc d"), "\"a_b__c_d\"");
}

}  // namespace
}  // namespace wheelyard::server
