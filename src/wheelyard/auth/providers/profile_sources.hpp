#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// All ways in which a profile may hold credentials of its own, in boto3's order: web identity, single
/// sign-on, the credentials file, a login session (refused), a credential process, the config file.
/// `use_environment`: AWS_WEB_IDENTITY_TOKEN_FILE and its like go ahead of the profile's settings.
std::vector<std::unique_ptr<CredentialProvider>> profile_sources(const std::string& profile,
                                                                 bool use_environment,
                                                                 const AwsContextPtr& context);

}  // namespace wheelyard::auth
