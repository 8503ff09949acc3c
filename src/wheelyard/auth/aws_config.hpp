#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/auth/environment.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::auth {

/// What a person gave on the command line or in code; it goes ahead of everything else.
struct AwsOverrides {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string profile;
  std::string region;
  std::string endpoint_url;
  /// Requests are sent unsigned (`--no-sign-request`). The chain of credentials is not asked then.
  bool anonymous = false;
};

/// The settings that decide where S3 is and who we are there, resolved as boto3 resolves them: overrides,
/// then AWS_* variables, then ~/.aws/credentials and ~/.aws/config of the chosen profile.
/// docs/aws-settings.md has the whole table, and the few places where this goes beyond boto3.
struct AwsSettings {
  std::string profile;        ///< "default" unless chosen
  std::string region;         ///< "us-east-1" where nothing names one
  std::string region_origin;  ///< for messages; "" where nothing names one
  std::string endpoint_url;   ///< "" for AWS itself; else http or https, without a slash at its end
  std::string endpoint_origin;
  std::string addressing_style = "auto";  ///< s3.addressing_style: auto, path, virtual
  std::string ca_bundle;  ///< AWS_CA_BUNDLE, ca_bundle, REQUESTS_CA_BUNDLE; "" for the system's own
  std::string retry_mode = "standard";  ///< AWS_RETRY_MODE, retry_mode: standard, adaptive, legacy
  /// AWS_MAX_ATTEMPTS, max_attempts: requests in all, at least 1. Else 5 in legacy mode and 3 in the others.
  int max_attempts = 3;

  bool dualstack = false;   ///< AWS_USE_DUALSTACK_ENDPOINT, use_dualstack_endpoint (also s3.): IPv6 hosts too
  bool fips = false;        ///< AWS_USE_FIPS_ENDPOINT, use_fips_endpoint
  bool accelerate = false;  ///< s3.use_accelerate_endpoint
  bool payload_signing = false;  ///< s3.payload_signing_enabled: a body's digest is signed over TLS as well
  bool use_arn_region = true;    ///< AWS_S3_USE_ARN_REGION, s3_use_arn_region, s3.use_arn_region
  /// AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS, s3.s3_disable_multiregion_access_points
  bool disable_multiregion_access_points = false;
  /// AWS_S3_US_EAST_1_REGIONAL_ENDPOINT, s3_us_east_1_regional_endpoint (also in s3.): regional, or legacy
  /// for s3.amazonaws.com.
  std::string us_east_1_endpoint = "regional";
  /// AWS_REQUEST_CHECKSUM_CALCULATION, request_checksum_calculation: when_supported, when_required
  std::string request_checksums = "when_supported";
  /// AWS_RESPONSE_CHECKSUM_VALIDATION, response_checksum_validation: when_supported, when_required
  std::string response_checksums = "when_supported";
};

/// Throws `invalid_argument` on a profile that was asked for and is not there, on a value that cannot be
/// right (naming where it comes from), and on files that cannot be parsed (naming file and line).
AwsSettings resolve_aws_settings(const AwsOverrides& overrides, const Environment& environment);

/// Where credentials come from, in boto3's order: explicit, environment, assumed role, web identity, single
/// sign-on, shared credentials file, credential process, config file, container, instance metadata. A profile
/// that was named in `overrides` leaves the environment's keys out, as in boto3; one named by AWS_PROFILE
/// does not. Nothing is asked before `get`, and the network only where no earlier place has any. Requests are
/// told to `log`. Throws as `resolve_aws_settings` does on profiles and files.
std::shared_ptr<CredentialChain> make_credential_chain(const AwsOverrides& overrides,
                                                       const Environment& environment,
                                                       http::RequestLog log = {});

}  // namespace wheelyard::auth
