#include "aws_fixture.hpp"
#include "support/thrown_error.hpp"

#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

using AwsSettingsTest = AwsFixture;
using test_support::message_of;

TEST_F(AwsSettingsTest, WithNothingSetTheDefaultsHold) {
  const auto got = settings();
  EXPECT_EQ(got.profile, "default");
  EXPECT_EQ(got.region, "us-east-1");
  EXPECT_EQ(got.region_origin, "");
  EXPECT_EQ(got.endpoint_url, "");
  EXPECT_EQ(got.addressing_style, "auto");
  EXPECT_EQ(got.ca_bundle, "");
  EXPECT_EQ(got.max_attempts, 3);
  EXPECT_EQ(got.retry_mode, "standard");
  EXPECT_FALSE(got.dualstack || got.fips || got.accelerate || got.payload_signing);
  EXPECT_FALSE(got.disable_multiregion_access_points);
  EXPECT_TRUE(got.use_arn_region);
  EXPECT_EQ(got.us_east_1_endpoint, "regional");
  EXPECT_EQ(got.request_checksums, "when_supported");
  EXPECT_EQ(got.response_checksums, "when_supported");
}

TEST_F(AwsSettingsTest, WhatDecidesWhichHostOfS3IsAsked) {
  config(
      "[default]\ns3 =\n  use_dualstack_endpoint = true\n  use_accelerate_endpoint = True\n"
      "  payload_signing_enabled = true\n  use_arn_region = false\n  us_east_1_regional_endpoint = legacy\n"
      "  s3_disable_multiregion_access_points = true\nuse_fips_endpoint = TRUE\n");
  const auto got = settings();
  EXPECT_TRUE(got.dualstack && got.fips && got.accelerate && got.payload_signing);
  EXPECT_TRUE(got.disable_multiregion_access_points);
  EXPECT_FALSE(got.use_arn_region);
  EXPECT_EQ(got.us_east_1_endpoint, "legacy");
  set("AWS_USE_FIPS_ENDPOINT", "false");
  set("AWS_USE_DUALSTACK_ENDPOINT", "false");
  set("AWS_S3_USE_ARN_REGION", "true");
  set("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional");
  set("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "false");
  EXPECT_FALSE(settings().fips);
  EXPECT_TRUE(settings().dualstack) << "the block turns it on, whatever else is said";
  EXPECT_TRUE(settings().use_arn_region);
  EXPECT_EQ(settings().us_east_1_endpoint, "regional");
  EXPECT_FALSE(settings().disable_multiregion_access_points);
}

TEST_F(AwsSettingsTest, ChecksumsAndRetries) {
  config(
      "[default]\nrequest_checksum_calculation = WHEN_REQUIRED\nretry_mode = legacy\n"
      "response_checksum_validation = when_required\n");
  EXPECT_EQ(settings().request_checksums, "when_required");
  EXPECT_EQ(settings().response_checksums, "when_required");
  EXPECT_EQ(settings().retry_mode, "legacy");
  EXPECT_EQ(settings().max_attempts, 5);
  set("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported");
  set("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported");
  set("AWS_RETRY_MODE", "adaptive");
  EXPECT_EQ(settings().request_checksums, "when_supported");
  EXPECT_EQ(settings().response_checksums, "when_supported");
  EXPECT_EQ(settings().max_attempts, 3);
}

TEST_F(AwsSettingsTest, ReadsAProfileWithItsBlocks) {
  config(
      "[default]\nregion = eu-west-1\n"
      "[profile \"two words\"]\nregion = eu-central-1\nendpoint_url = http://global.example:9000/\n"
      "max_attempts = 7\nca_bundle = /etc/ca.pem\ns3 =\n  addressing_style = path\n  max_queue_size = 5\n");
  set("AWS_PROFILE", "two words");
  const auto got = settings();
  EXPECT_EQ(got.profile, "two words");
  EXPECT_EQ(got.region, "eu-central-1");
  EXPECT_EQ(got.region_origin, "profile 'two words' in " + (home_ / ".aws/config").string());
  EXPECT_EQ(got.endpoint_url, "http://global.example:9000");
  EXPECT_EQ(got.addressing_style, "path");
  EXPECT_EQ(got.ca_bundle, "/etc/ca.pem");
  EXPECT_EQ(got.max_attempts, 7);
}

TEST_F(AwsSettingsTest, ARegionComesFromTheMostSpecificPlace) {
  set("AWS_REGION", "us-west-1");
  EXPECT_EQ(settings().region, "us-west-1");
  config("[default]\nregion = eu-west-1\n");
  EXPECT_EQ(settings().region, "eu-west-1");
  credentials("[default]\nregion = eu-west-2\n");
  EXPECT_EQ(settings().region, "eu-west-2");
  set("AWS_DEFAULT_REGION", "eu-west-3");
  EXPECT_EQ(settings().region_origin, "AWS_DEFAULT_REGION");
  EXPECT_EQ(settings({.region = "sa-east-1"}).region, "sa-east-1");
}

TEST_F(AwsSettingsTest, AnEndpointComesFromTheMostSpecificPlace) {
  config(
      "[default]\nservices = local\nendpoint_url = http://profile\n"
      "[services local]\ns3 =\n  endpoint_url = http://service\nsts =\n  endpoint_url = http://sts\n");
  EXPECT_EQ(settings().endpoint_url, "http://service");
  set("AWS_ENDPOINT_URL", "http://global");
  EXPECT_EQ(settings().endpoint_url, "http://global");
  set("AWS_ENDPOINT_URL_S3", "https://s3.example/base/");
  EXPECT_EQ(settings().endpoint_url, "https://s3.example/base");
  EXPECT_EQ(settings().endpoint_origin, "AWS_ENDPOINT_URL_S3");
  set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
  EXPECT_EQ(settings().endpoint_url, "");
  EXPECT_EQ(settings({.endpoint_url = "http://given:1"}).endpoint_url, "http://given:1");
}

TEST_F(AwsSettingsTest, AServicesSectionWithoutS3LeavesTheProfilesEndpoint) {
  config(
      "[default]\nservices = x\nendpoint_url = http://profile\n[services x]\nsts =\n  endpoint_url = "
      "http://sts\n");
  EXPECT_EQ(settings().endpoint_url, "http://profile");
}

TEST_F(AwsSettingsTest, AMissingServicesSectionIsNamed) {
  config("[default]\nservices = nowhere\n");
  EXPECT_NE(message_of([&] { settings(); }).find("no [services nowhere]"), std::string::npos);
}

TEST_F(AwsSettingsTest, AMissingProfileIsAnErrorThatNamesThoseThere) {
  config("[profile ci]\nregion = eu-west-1\n");
  credentials("[deploy]\naws_access_key_id = a\n");
  const auto message = message_of([&] { settings({.profile = "typo"}); });
  EXPECT_NE(message.find("'typo'"), std::string::npos);
  EXPECT_NE(message.find("name one of: ci, deploy"), std::string::npos);
  set("AWS_PROFILE", "default");
  message_of([&] { settings(); });
}

TEST_F(AwsSettingsTest, TheOlderProfileVariableGoesAheadAsInBoto3) {
  config("[profile a]\nregion = eu-west-1\n[profile b]\nregion = eu-west-2\n");
  set("AWS_PROFILE", "a");
  set("AWS_DEFAULT_PROFILE", "b");
  EXPECT_EQ(settings().profile, "b");
}

TEST_F(AwsSettingsTest, FilesMayStandElsewhere) {
  write("elsewhere", "[default]\nregion = eu-west-1\n");
  set("DIR", home_.path());
  set("AWS_CONFIG_FILE", "${DIR}/elsewhere");
  EXPECT_EQ(settings().region, "eu-west-1");
  set("AWS_CONFIG_FILE", "~/elsewhere");
  EXPECT_EQ(settings().region, "eu-west-1");
}

TEST_F(AwsSettingsTest, AMalformedFileIsNamedWithItsLineAndWithoutItsContent) {
  config("[default]\nregion = eu-west-1\naws_secret_access_key\n wJalrSECRET\n");
  auto message = message_of([&] { settings(); });
  EXPECT_NE(message.find((home_ / ".aws/config").string()), std::string::npos) << message;
  EXPECT_NE(message.find("line 3"), std::string::npos) << message;
  config("[default]\nwJalrSECRET\n");
  EXPECT_EQ(message_of([&] { settings(); }).find("wJalrSECRET"), std::string::npos);
  config("[default]\n\ns3 =\n  addressing_style path\n");
  message = message_of([&] { settings(); });
  EXPECT_NE(message.find("line 3"), std::string::npos) << message;
}

TEST_F(AwsSettingsTest, ValuesThatCannotBeAreErrorsThatNameTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"AWS_DEFAULT_REGION", "eu west"},
      {"AWS_DEFAULT_REGION", "123"},
      {"AWS_DEFAULT_REGION", "-eu"},
      {"AWS_ENDPOINT_URL", "minio:9000"},
      {"AWS_ENDPOINT_URL", "ftp://x"},
      {"AWS_ENDPOINT_URL", "http://"},
      {"AWS_ENDPOINT_URL_S3", "http://h/?q"},
      {"AWS_MAX_ATTEMPTS", "many"},
      {"AWS_MAX_ATTEMPTS", "0"},
      {"AWS_RETRY_MODE", "never"},
      {"AWS_REQUEST_CHECKSUM_CALCULATION", "always"},
      {"AWS_RESPONSE_CHECKSUM_VALIDATION", "true"},
      {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "global"},
  };
  for (const auto& [name, value] : cases) {
    const auto before = variables_;
    set(name, value);
    EXPECT_NE(message_of([&] { settings(); }).find(name), std::string::npos) << name << "=" << value;
    variables_ = before;
  }
  config("[default]\ns3 =\n  addressing_style = vhost\n");
  message_of([&] { settings(); });
}

TEST_F(AwsSettingsTest, AUserInfoInAnEndpointIsRefusedAndNotShown) {
  set("AWS_ENDPOINT_URL", "http://me:hunter2@host");
  EXPECT_EQ(message_of([&] { settings(); }).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace wheelyard::auth
