#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// The role of a profile with sso_account_id and sso_role_name, by the portal's GetRoleCredentials and the
/// token that `aws sso login` cached; in the form with an sso-session and in the older one without. `find`
/// throws `invalid_argument` where a setting is missing or profile and session disagree, `unauthenticated`
/// where nobody has signed on or the sign-on has ended.
std::unique_ptr<CredentialProvider> single_sign_on_credentials(std::string profile, AwsContextPtr context);

}  // namespace wheelyard::auth
