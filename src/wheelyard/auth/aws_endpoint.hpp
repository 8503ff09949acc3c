#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// The endpoint that environment and files name for a service ("s3", "sts", "sso", "sso_oidc"), in this
/// order: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the service's block in the profile's [services …],
/// the profile's endpoint_url. None where nothing names one, or ignore_configured_endpoint_urls is set.
/// Throws `invalid_argument` when the profile names a services section that is not there.
std::optional<Found> configured_endpoint(std::string_view service, const Environment& environment,
                                         const AwsFiles& files, const AwsProfile& profile);

/// The same URL without a slash at its end. Throws `invalid_argument` where it is not one of a host, a port
/// and a path under http or https.
std::string checked_endpoint(const Found& found);

}  // namespace wheelyard::auth
