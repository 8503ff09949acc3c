#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// A role by STS AssumeRoleWithWebIdentity, with the token in a file that others renew (EKS, GitHub Actions).
/// web_identity_token_file, role_arn and role_session_name of the profile; with `use_environment`,
/// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME go ahead of each. `find` throws
/// `invalid_argument` where there is a token file and no role.
std::unique_ptr<CredentialProvider> web_identity_credentials(std::string profile, bool use_environment,
                                                             AwsContextPtr context);

}  // namespace wheelyard::auth
