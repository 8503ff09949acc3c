#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// Reads an environment variable; tests pass their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
/// The process's own environment.
Environment process_environment();

/// What a person gave on the command line or in code; it goes ahead of everything else.
struct AwsOverrides {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string profile;
  std::string region;
  std::string endpoint_url;
};

/// The settings that decide where S3 is and who we are there, resolved as boto3 resolves them: overrides, then
/// AWS_* variables, then ~/.aws/credentials and ~/.aws/config of the chosen profile.
struct AwsSettings {
  std::string profile;       ///< "default" unless chosen
  std::string region;        ///< "us-east-1" where nothing names one
  std::string region_origin; ///< for messages; "" where nothing names one
  std::string endpoint_url;  ///< "" for AWS itself
  std::string endpoint_origin;
  std::string addressing_style = "auto";  ///< s3.addressing_style: auto, path, virtual
  std::string ca_bundle;     ///< AWS_CA_BUNDLE, ca_bundle
  int max_attempts = 3;      ///< AWS_MAX_ATTEMPTS, max_attempts
};

/// Throws `invalid_argument` on a profile that was asked for and is not there, and on files that cannot be parsed
/// (naming file and line).
AwsSettings resolve_aws_settings(const AwsOverrides& overrides, const Environment& environment);

/// explicit → environment → shared credentials file → config file.
std::shared_ptr<CredentialChain> make_credential_chain(const AwsOverrides& overrides,
                                                       const Environment& environment);

}  // namespace wheelyard::auth
