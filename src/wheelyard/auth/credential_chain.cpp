#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/providers/assume_role.hpp"
#include "wheelyard/auth/providers/container.hpp"
#include "wheelyard/auth/providers/instance_metadata.hpp"
#include "wheelyard/auth/providers/profile_sources.hpp"
#include "wheelyard/auth/providers/static_keys.hpp"

namespace wheelyard::auth {

std::shared_ptr<CredentialChain> make_credential_chain(const AwsOverrides& overrides,
                                                       const Environment& environment, http::RequestLog log) {
  const auto context = std::make_shared<AwsContext>(overrides, environment, std::move(log));
  // A profile that is not there is told at once, though other places may have keys.
  context->profile();
  const bool use_environment = context->uses_environment();
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(explicit_credentials(
      {overrides.access_key_id, overrides.secret_access_key, overrides.session_token, std::nullopt, ""}));
  if (use_environment) {
    providers.push_back(environment_credentials(environment));
  }
  providers.push_back(assume_role_credentials(context->profile_name(), context));
  std::ranges::move(profile_sources(context->profile_name(), use_environment, context),
                    std::back_inserter(providers));
  providers.push_back(container_credentials(context));
  providers.push_back(instance_credentials(context));
  return std::make_shared<CredentialChain>(std::move(providers), now, [context] { context->forget(); });
}

}  // namespace wheelyard::auth
