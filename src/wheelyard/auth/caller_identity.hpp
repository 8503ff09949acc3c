#pragma once

#include <string>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/auth/environment.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::auth {

/// Whom AWS takes the credentials for.
struct CallerIdentity {
  std::string account;  ///< "123456789012"
  std::string arn;      ///< "arn:aws:sts::123456789012:assumed-role/ci/42"
};

/// Asks STS by GetCallerIdentity, for which no permission is needed
/// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html). The endpoint is that of
/// STS in environment and files; `overrides.endpoint_url` is the store's and of no matter here. Throws
/// `unauthenticated` without credentials, and as `ask_sts` does.
CallerIdentity aws_caller_identity(const AwsOverrides& overrides, const Environment& environment,
                                   http::RequestLog log = {});

}  // namespace wheelyard::auth
