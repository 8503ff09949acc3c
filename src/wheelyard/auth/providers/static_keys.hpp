#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// Keys that were given on the command line or in code. All empty: nothing is configured here.
std::unique_ptr<CredentialProvider> explicit_credentials(Credentials given);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or AWS_SECURITY_TOKEN, which goes ahead, as
/// in boto3) and AWS_CREDENTIAL_EXPIRATION.
std::unique_ptr<CredentialProvider> environment_credentials(Environment environment);

/// aws_access_key_id, aws_secret_access_key and aws_session_token of the profile in the credentials file.
std::unique_ptr<CredentialProvider> shared_file_credentials(std::string profile, AwsContextPtr context);

/// The same of the profile in the config file.
std::unique_ptr<CredentialProvider> config_file_credentials(std::string profile, AwsContextPtr context);

}  // namespace wheelyard::auth
