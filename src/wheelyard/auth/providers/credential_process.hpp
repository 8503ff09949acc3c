#pragma once

#include <memory>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/child_output.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// What the command in the profile's credential_process prints
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). It is run without a
/// shell, its words split as a shell would; its standard error is part of the message when it fails, what it
/// printed never is.
std::unique_ptr<CredentialProvider> process_credentials(std::string profile, AwsContextPtr context,
                                                        ChildLimits limits = {});

}  // namespace wheelyard::auth
