#include "wheelyard/store/open_store.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_address.hpp"

namespace wheelyard::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StoreSettings no_environment() {
  StoreSettings settings;
  settings.environment = [](std::string_view) { return std::nullopt; };
  return settings;
}

TEST(OpenStore, TakesBucketsWithAndWithoutPrefix) {
  for (const char* url : {"s3://wheels", "s3://wheels/", "S3://wheels//"}) {
    Location location = open_store(url, no_environment());
    EXPECT_EQ(location.prefix, "");
    EXPECT_EQ(location.url, "s3://wheels");
    EXPECT_EQ(location.store->describe("a"), "s3://wheels/a");
  }
  Location below = open_store("s3://wheels/team a/simple/", no_environment());
  EXPECT_EQ(below.prefix, "team a/simple/");
  EXPECT_EQ(below.url, "s3://wheels/team a/simple");
}

TEST(OpenStore, TakesFoldersAsUrlsAndPaths) {
  EXPECT_EQ(open_store("file:///srv/my%20wheels/").url, "file:///srv/my%20wheels");
  EXPECT_EQ(open_store("file:///srv/my%20wheels/").store->describe("a/b"), "/srv/my wheels/a/b");
  EXPECT_EQ(open_store("file://localhost/srv").store->describe("a"), "/srv/a");
  EXPECT_EQ(open_store("file:/srv").store->describe("a"), "/srv/a");
  EXPECT_EQ(open_store("/srv//wheels/./").store->describe("a"), "/srv/wheels/a");
  EXPECT_EQ(open_store("/").store->describe("a"), "/a");
  std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(open_store("wheels").store->describe("a"), here + "/wheels/a");
  EXPECT_EQ(open_store("./wheels:1").store->describe("a"), here + "/wheels:1/a");
  EXPECT_EQ(open_store(".").prefix, "");
}

TEST(OpenStore, DoesNotTouchTheDisk) {
  const test_support::ScratchFolder folder;
  const auto path = folder / "is-not-made";
  open_store(path.string());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(OpenStore, AMemoryStoreIsAlwaysANewOne) {
  open_store("memory:").store->put("a", nullptr);
  EXPECT_FALSE(find_info(*open_store("memory:").store, "a").has_value());
}

TEST(OpenStore, RefusesWhatItCannotBeAndSaysWhy) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"", "empty"},
      {"s3://", "no bucket"},
      {"s3:///a", "no bucket"},
      {"s3://ab", "3 to 63"},
      {"s3://Wheels", "lower-case"},
      {"s3://my_wheels", "lower-case"},
      {"s3://-wheels", "begin and end"},
      {"s3://wheels-", "begin and end"},
      {"s3://wh..eels", "two dots"},
      {"s3://10.0.0.1", "IP address"},
      {"s3://wheels/a/../b", "'..'"},
      {"s3://wheels/a//b", "empty part"},
      {"s3://wheels/a?x=1", "'?'"},
      {"s3://wheels/a\x1b[31m", "control characters"},
      {"s3://key:secret@wheels/a", "credentials"},
      {"gs://wheels", "no store for 'gs'"},
      {"https://example.test/simple/", "no store for 'https'"},
      {"file://server/share", "another machine"},
      {"file:relative", "whole path"},
      {"file:///a?b", "query"},
      {"file:///a%00b", "NUL"},
      {"~/wheels", "'~'"},
      {"~", "'~'"},
  };
  for (const auto& [url, reason] : refused) {
    try {
      open_store(url, no_environment());
      ADD_FAILURE() << url << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << url;
      EXPECT_THAT(error.what(), HasSubstr(reason)) << url;
      EXPECT_FALSE(error.hint().empty()) << url;
      EXPECT_THAT(error.what(), Not(HasSubstr("secret"))) << url;
      EXPECT_THAT(error.what(), Not(HasSubstr("\x1b"))) << url;
    }
  }
}

std::string url_for(const std::string& bucket, const std::string& endpoint, const std::string& style = "auto",
                    const std::string& region = "eu-central-1") {
  auth::AwsSettings settings;
  settings.endpoint_url = endpoint;
  settings.addressing_style = style;
  return s3::Address(bucket, settings).url(region, "a b").to_string();
}

TEST(S3Address, PutsTheBucketWhereItBelongs) {
  EXPECT_EQ(url_for("wheels", ""), "https://wheels.s3.eu-central-1.amazonaws.com/a%20b");
  EXPECT_EQ(url_for("wheels", "", "auto", "cn-north-1"),
            "https://wheels.s3.cn-north-1.amazonaws.com.cn/a%20b");
  EXPECT_EQ(url_for("my.wheels", ""), "https://s3.eu-central-1.amazonaws.com/my.wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "", "path"), "https://s3.eu-central-1.amazonaws.com/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "http://127.0.0.1:9000"), "http://127.0.0.1:9000/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "http://127.0.0.1:9000", "virtual"), "http://127.0.0.1:9000/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "http://[::1]:9000"), "http://[::1]:9000/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "https://store.test"), "https://store.test/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "https://store.test/base/"), "https://store.test/base/wheels/a%20b");
  EXPECT_EQ(url_for("wheels", "https://store.test", "virtual"), "https://wheels.store.test/a%20b");
  EXPECT_EQ(url_for("wheels", "https://s3.eu-west-1.amazonaws.com"),
            "https://wheels.s3.eu-west-1.amazonaws.com/a%20b");
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::string_view field : split(line, '\t')) fields.emplace_back(field);
  return fields;
}

TEST(S3Address, IsWhereBotocoreSends) {
  std::ifstream table(WHEELYARD_TEST_DATA "/s3-endpoints/cases.tsv");
  std::string line;
  std::getline(table, line);
  ASSERT_EQ(line, "bucket\tregion\tendpoint\tstyle\tflags\turl\tsigned_for");
  int count = 0;
  while (std::getline(table, line)) {
    SCOPED_TRACE(line);
    ++count;
    auto fields = fields_of(line);
    ASSERT_EQ(fields.size(), 7u);
    auto has = [&](std::string_view flag) {
      auto flags = split(fields[4], ' ');
      return std::ranges::find(flags, flag) != flags.end();
    };
    auth::AwsSettings settings;
    settings.region = fields[1];
    settings.endpoint_url = fields[2];
    settings.addressing_style = fields[3];
    settings.dualstack = has("dualstack");
    settings.fips = has("fips");
    settings.accelerate = has("accelerate");
    settings.use_arn_region = !has("own-region");
    settings.us_east_1_endpoint = has("legacy") ? "legacy" : "regional";
    std::string url = "refused";
    std::string region;
    try {
      s3::Address address(fields[0], settings);
      url = address.url(address.region(), "k/a b").to_string();
      region = address.region();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
      EXPECT_FALSE(error.hint().empty()) << error.what();
    }
    EXPECT_EQ(url, fields[5]);
    EXPECT_EQ(region, fields[6]);
  }
  EXPECT_GT(count, 200);
}

TEST(S3Address, RefusesAccessPointsThatAreSignedInOtherWays) {
  auto code_for = [](const std::string& bucket) {
    try {
      s3::Address address(bucket, auth::AwsSettings{.region = "eu-west-1"});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::cancelled;
  };
  for (const char* arn : {"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
                          "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/mine",
                          "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01/accesspoint/mine",
                          "wheels--use1-az4--x-s3"}) {
    EXPECT_EQ(code_for(arn), ErrorCode::unsupported) << arn;
  }
  for (const char* arn :
       {"arn:aws:s3:eu-west-1:123:accesspoint/mine", "arn:aws:s3:eu-west-1:123456789012:bucket/x",
        "arn:aws:sqs:eu-west-1:123456789012:accesspoint/mine", "arn:aws:s3",
        "arn:aws:s3:evil.test/:123456789012:accesspoint/mine"}) {
    EXPECT_EQ(code_for(arn), ErrorCode::invalid_argument) << arn;
  }
}

TEST(ParseObjectUrl, TakesKeysByteForByte) {
  auto parsed = [](const char* url) {
    auto found = parse_object_url(url);
    return found ? found->bucket_url + " | " + found->key : std::string("none");
  };
  EXPECT_EQ(parsed("s3://wheels"), "s3://wheels | ");
  EXPECT_EQ(parsed("s3://wheels/"), "s3://wheels | ");
  EXPECT_EQ(parsed("s3://wheels//lead"), "s3://wheels | /lead");
  EXPECT_EQ(parsed("S3://wheels/a//b/../c?d#e%20 f/"), "s3://wheels | a//b/../c?d#e%20 f/");
  EXPECT_EQ(parsed("s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mine/a/b"),
            "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/mine | a/b");
  EXPECT_EQ(parsed("s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mine/a"),
            "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:mine | a");
  for (const char* path : {"-", "a/b", "/a", "./a:b", "file:///a", "../x"}) EXPECT_EQ(parsed(path), "none");
  for (const char* bad :
       {"", "s3://", "s3:///key", "s3://key:secret@wheels/a", "gs://wheels/a", "s3://UPPER/x"}) {
    try {
      parse_object_url(bad);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
    }
  }
}

TEST(S3Address, KeepsEveryByteOfAKey) {
  auth::AwsSettings settings;
  settings.endpoint_url = "http://127.0.0.1:1";
  s3::Address address("wheels", settings);
  EXPECT_EQ(address.url("r", "a/b+c&d=e?f#g%h/\xc3\xa4~-_.").path,
            "/wheels/a/b%2Bc%26d%3De%3Ff%23g%25h/%C3%A4~-_.");
  EXPECT_EQ(address.url("r", "a//../b").path, "/wheels/a//../b");
  EXPECT_EQ(address.url("r").path, "/wheels");
}

TEST(S3Address, RefusesEndpointsThatAreNone) {
  for (const char* endpoint : {"ftp://host", "https://user:pw@host", "https://host/?a=b"}) {
    try {
      url_for("wheels", endpoint);
      ADD_FAILURE() << endpoint;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_THAT(error.what(), Not(HasSubstr("pw")));
    }
  }
}

}  // namespace
}  // namespace wheelyard::store
