#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// The role of a profile with role_arn, by STS AssumeRole; asked for with the credentials of its
/// source_profile (which may stand for a role itself, and so on) or of its credential_source. `find` throws
/// `invalid_argument` on a chain of profiles that comes back to itself or ends without keys.
std::unique_ptr<CredentialProvider> assume_role_credentials(std::string profile, AwsContextPtr context);

}  // namespace wheelyard::auth
