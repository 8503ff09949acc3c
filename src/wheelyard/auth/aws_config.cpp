#include "wheelyard/auth/aws_config.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "wheelyard/auth/aws_endpoint.hpp"
#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";

/// A host label, as the region becomes part of a host name.
bool is_region(std::string_view text) {
  return text.size() <= 63 && !text.starts_with('-') && !text.ends_with('-') &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; }) &&
         !std::ranges::all_of(text, is_digit);
}

std::optional<Found> s3_endpoint(const AwsOverrides& overrides, const Environment& environment,
                                 const AwsFiles& files, const AwsProfile& profile) {
  if (!overrides.endpoint_url.empty()) {
    return Found{overrides.endpoint_url, "--endpoint-url"};
  }
  return configured_endpoint("s3", environment, files, profile);
}

void read_retries(AwsSettings& settings, const Environment& environment, const AwsProfile& profile) {
  const auto mode = Lookup(environment, profile).variable("AWS_RETRY_MODE").setting("retry_mode");
  settings.retry_mode = one_of("retry mode", mode.found(), {"standard", "adaptive", "legacy"}, "standard");
  const auto attempts = Lookup(environment, profile).variable("AWS_MAX_ATTEMPTS").setting("max_attempts");
  if (attempts.found()) {
    settings.max_attempts = whole_number("number of attempts", *attempts.found(), 1);
  } else if (settings.retry_mode == "legacy") {
    settings.max_attempts = 5;
  }
}

/// What decides which host of AWS itself is asked, and how.
void read_s3_options(AwsSettings& settings, const Environment& environment, const AwsProfile& profile) {
  const auto look = [&] { return Lookup(environment, profile); };
  settings.addressing_style = one_of("s3 addressing_style", look().in_block("s3", "addressing_style").found(),
                                     {"auto", "path", "virtual"}, "auto");
  settings.dualstack =
      look().in_block("s3", "use_dualstack_endpoint").truth_or(false) ||
      look().variable("AWS_USE_DUALSTACK_ENDPOINT").setting("use_dualstack_endpoint").truth_or(false);
  settings.fips = look().variable("AWS_USE_FIPS_ENDPOINT").setting("use_fips_endpoint").truth_or(false);
  settings.accelerate = look().in_block("s3", "use_accelerate_endpoint").truth_or(false);
  settings.payload_signing = look().in_block("s3", "payload_signing_enabled").truth_or(false);
  settings.use_arn_region = look()
                                .variable("AWS_S3_USE_ARN_REGION")
                                .setting("s3_use_arn_region")
                                .in_block("s3", "use_arn_region")
                                .truth_or(true);
  settings.disable_multiregion_access_points = look()
                                                   .variable("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS")
                                                   .in_block("s3", "s3_disable_multiregion_access_points")
                                                   .truth_or(false);
  settings.us_east_1_endpoint = one_of("endpoint of us-east-1",
                                       look()
                                           .variable("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT")
                                           .setting("s3_us_east_1_regional_endpoint")
                                           .in_block("s3", "us_east_1_regional_endpoint")
                                           .found(),
                                       {"regional", "legacy"}, "regional");
}

void read_checksums(AwsSettings& settings, const Environment& environment, const AwsProfile& profile) {
  const auto read = [&](std::string_view variable, std::string_view setting) {
    return one_of(setting, Lookup(environment, profile).variable(variable).setting(setting).found(),
                  {"when_supported", "when_required"}, "when_supported", true);
  };
  settings.request_checksums = read("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation");
  settings.response_checksums = read("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation");
}

}  // namespace

AwsSettings resolve_aws_settings(const AwsOverrides& overrides, const Environment& environment) {
  const auto files = AwsFiles::load(environment);
  const auto chosen = chosen_profile(overrides.profile, environment);
  const auto profile = profile_settings(files, chosen);
  const auto look = [&] { return Lookup(environment, profile); };

  AwsSettings settings;
  settings.profile = chosen.value_or("default");
  // boto3 knows AWS_DEFAULT_REGION only; every other SDK reads AWS_REGION, so it serves where boto3 finds
  // nothing.
  const auto region = look()
                          .given(overrides.region, "--region")
                          .variable("AWS_DEFAULT_REGION")
                          .setting("region")
                          .variable("AWS_REGION")
                          .found();
  if (region && !is_region(region->value)) {
    fail_value("region", *region, "'" + region->value + "' cannot be one", "write it like eu-central-1");
  }
  settings.region = region ? region->value : kDefaultRegion;
  settings.region_origin = region ? region->origin : "";
  if (const auto endpoint = s3_endpoint(overrides, environment, files, profile)) {
    settings.endpoint_url = checked_endpoint(*endpoint);
    settings.endpoint_origin = endpoint->origin;
  }
  settings.ca_bundle =
      look().variable("AWS_CA_BUNDLE").setting("ca_bundle").variable("REQUESTS_CA_BUNDLE").value_or("");
  read_retries(settings, environment, profile);
  read_s3_options(settings, environment, profile);
  read_checksums(settings, environment, profile);
  return settings;
}

}  // namespace wheelyard::auth
