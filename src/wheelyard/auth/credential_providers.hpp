#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// Keys that were given on the command line or in code. All empty: nothing is configured here.
std::unique_ptr<CredentialProvider> explicit_credentials(Credentials given);

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or AWS_SECURITY_TOKEN, which goes ahead, as
/// in boto3) and AWS_CREDENTIAL_EXPIRATION.
std::unique_ptr<CredentialProvider> environment_credentials(Environment environment);

/// aws_access_key_id, aws_secret_access_key and aws_session_token of the profile in the credentials file. The
/// file is read at each `find`: other programs renew what stands in it.
std::unique_ptr<CredentialProvider> shared_file_credentials(std::string profile, Environment environment);

/// The same of the profile in the config file.
std::unique_ptr<CredentialProvider> config_file_credentials(std::string profile, Environment environment);

/// A way of getting credentials that a profile (or the environment) may ask for and that is not built in.
struct UnsupportedSource {
  std::string name;      ///< "an assumed role"
  std::string setting;   ///< the profile's setting that asks for it: "role_arn"
  std::string unless;    ///< a setting with which it is not asked for; may be empty
  std::string variable;  ///< an environment variable that asks for it as well; may be empty
};

/// Never finds credentials. Throws `unsupported` when the profile asks for one of those sources, so that
/// nobody works under another identity than the configured one.
std::unique_ptr<CredentialProvider> unsupported_credentials(std::vector<UnsupportedSource> sources,
                                                            std::string profile, Environment environment);

}  // namespace wheelyard::auth
