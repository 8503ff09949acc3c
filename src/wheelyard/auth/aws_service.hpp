#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::auth {

/// One of AWS's services that hand out credentials.
struct AwsService {
  std::string_view name;         ///< in messages: "STS"
  std::string_view id;           ///< in settings: "sts", "sso_oidc"
  std::string_view host_prefix;  ///< "sts", "portal.sso"
};
inline constexpr AwsService kSts{"STS", "sts", "sts"};
inline constexpr AwsService kSso{"IAM Identity Center", "sso", "portal.sso"};
inline constexpr AwsService kSsoOidc{"IAM Identity Center", "sso_oidc", "oidc"};

/// Where the service is asked: what environment and files name for it, else AWS's own host of that region
/// (dual stack and FIPS as they are set). Throws `invalid_argument` as `configured_endpoint` does.
Url service_url(const AwsService& service, const std::string& region, AwsContext& context);

/// For requests to services: the attempts, certificates and log of `context`.
http::ClientOptions service_client_options(AwsContext& context);

/// An answer with its body, which small services keep small.
struct ServiceAnswer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

/// Sends and reads the whole answer. Throws `unavailable` when no answer came or it takes longer than `time`,
/// and `corrupted` when its body is bigger than a MiB.
ServiceAnswer ask_service(http::Client& client, const http::Request& request, std::chrono::milliseconds time);

}  // namespace wheelyard::auth
