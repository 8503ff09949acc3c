#include "wheelyard/store/open_store.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  auto path = std::filesystem::temp_directory_path() / "wheelyard-open-store-is-not-made";
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
