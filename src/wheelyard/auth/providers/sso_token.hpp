#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/base/clock.hpp"

namespace wheelyard::auth {

/// Where a profile's sign-on was made
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html).
struct SsoSession {
  std::string name;  ///< of [sso-session NAME]; "" in the older form, where the start URL stands for it
  std::string start_url;
  std::string region;
};

/// What `aws sso login` left in ~/.aws/sso/cache.
struct SsoToken {
  std::string access_token;  ///< a secret
  TimePoint expires_at;
  std::string client_id;
  std::string client_secret;  ///< a secret
  std::string refresh_token;  ///< a secret; "" where it cannot be renewed
  std::string registration_expires_at;
};

/// The file of the session's token.
std::filesystem::path sso_token_path(const SsoSession& session, const Environment& environment);

/// Reads such a file's contents; none where it is none or lacks the token or its expiry.
std::optional<SsoToken> parse_sso_token(std::string_view text);

/// The token to use: the cached one; renewed, and cached again, where it ends within 15 minutes and the cache
/// has what that takes (the older form never has). Throws `unauthenticated` where there is none, or it has
/// expired and cannot be renewed: the hint is the command that signs on.
std::string current_sso_token(const SsoSession& session, const std::string& profile, AwsContext& context);

}  // namespace wheelyard::auth
