#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// What a person gave on the command line or in code; it goes ahead of everything else.
struct AwsOverrides {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string profile;
  std::string region;
  std::string endpoint_url;
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
  int max_attempts = 3;   ///< AWS_MAX_ATTEMPTS, max_attempts: requests in all, at least 1
};

/// Throws `invalid_argument` on a profile that was asked for and is not there, on a value that cannot be
/// right (naming where it comes from), and on files that cannot be parsed (naming file and line).
AwsSettings resolve_aws_settings(const AwsOverrides& overrides, const Environment& environment);

/// explicit → environment → shared credentials file → config file. A profile that was named in `overrides`
/// leaves the environment out, as in boto3; one named by AWS_PROFILE does not. A profile that asks for a
/// source that is not built in (an assumed role, a web identity, SSO, a process) is an error in that source's
/// place. Throws as `resolve_aws_settings` does on profiles and files.
std::shared_ptr<CredentialChain> make_credential_chain(const AwsOverrides& overrides,
                                                       const Environment& environment);

}  // namespace wheelyard::auth
