#include <gtest/gtest.h>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_partition.hpp"

namespace wheelyard::auth {
namespace {

TEST(AwsAnswer, TimesOfAllAwsTools) {
  const auto expected = parse_rfc3339("2026-11-21T09:18:25Z");
  ASSERT_TRUE(expected.has_value());
  for (const auto* text : {"2026-11-21T09:18:25Z", "2026-11-21T09:18:25UTC", "2026-11-21T09:18:25GMT",
                           "2026-11-21T10:18:25+01:00", "2026-11-21T10:18:25+0100", "2026-11-21 09:18:25Z",
                           "2026-11-21T07:18:25-0200", " 2026-11-21T09:18:25.000000+00:00 "}) {
    EXPECT_EQ(parse_aws_time(text), expected) << text;
  }
  for (const auto* text : {"", "Z", "UTC", "2026-11-21", "2026-11-21T09:18:25", "-0100", "20261121T091825Z",
                           "2026-11-21T09:18:25+1", "tomorrow UTC"}) {
    EXPECT_FALSE(parse_aws_time(text).has_value()) << text;
  }
}

TEST(AwsAnswer, JsonIsReadByTypeAndMalformedJsonIsNone) {
  const auto object = JsonObject::parse(R"({"a":"x","n":5,"f":1.5,"null":null,"o":{"b":"y"},"l":[]})");
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->text("a"), "x");
  EXPECT_EQ(object->number("n"), 5);
  EXPECT_EQ(object->object("o")->text("b"), "y");
  for (const auto* name : {"n", "null", "o", "l", "absent"}) EXPECT_FALSE(object->text(name)) << name;
  for (const auto* name : {"a", "f", "null", "absent"}) EXPECT_FALSE(object->number(name)) << name;
  for (const auto* name : {"a", "l", "absent"}) EXPECT_FALSE(object->object(name)) << name;
  EXPECT_TRUE(object->contains("l"));
  EXPECT_FALSE(object->contains("null"));
  const auto deep = std::string(40, '[') + std::string(40, ']');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("5"), std::string("{}x"),
        "{\"a\":" + deep + "}", std::string(1'000'000, '['), std::string("{\"a\":\"\xff\"}")}) {
    EXPECT_FALSE(JsonObject::parse(text).has_value()) << text.substr(0, 60);
  }
}

TEST(AwsAnswer, WhatIsWrittenReadsBack) {
  const auto text = to_json({{"a", "quote \" and \\"}, {"b", "\xff"}});
  const auto object = JsonObject::parse(text);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->text("a"), "quote \" and \\");
}

TEST(AwsPartition, ByTheRegionsPrefix) {
  EXPECT_EQ(partition_of("eu-central-1").dns_suffix, "amazonaws.com");
  EXPECT_EQ(partition_of("cn-north-1").dns_suffix, "amazonaws.com.cn");
  EXPECT_EQ(partition_of("us-gov-west-1").name, "aws-us-gov");
  EXPECT_EQ(partition_of("us-iso-east-1").dns_suffix, "c2s.ic.gov");
  EXPECT_EQ(partition_of("us-isob-east-1").dns_suffix, "sc2s.sgov.gov");
  EXPECT_EQ(partition_of("eusc-de-east-1").dual_stack_suffix, "api.amazonwebservices.eu");
  EXPECT_EQ(partition_of("anything").name, "aws");
}

}  // namespace
}  // namespace wheelyard::auth
