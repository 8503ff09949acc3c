#pragma once

#include <memory>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"

namespace wheelyard::auth {

/// The role of an EC2 instance, from its metadata service: version 2, and version 1 where no token comes
/// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html).
/// AWS_EC2_METADATA_DISABLED turns it off; endpoint, mode, time-out and attempts are settings. A machine
/// without such a service has nothing after one time-out (a second), which `name` then says. Credentials that
/// have expired serve on, as the service hands them out while it cannot renew them.
std::unique_ptr<CredentialProvider> instance_credentials(AwsContextPtr context);

}  // namespace wheelyard::auth
