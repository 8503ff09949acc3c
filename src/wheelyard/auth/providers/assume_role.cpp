#include "wheelyard/auth/providers/assume_role.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "wheelyard/auth/providers/container.hpp"
#include "wheelyard/auth/providers/instance_metadata.hpp"
#include "wheelyard/auth/providers/profile_sources.hpp"
#include "wheelyard/auth/providers/role_settings.hpp"
#include "wheelyard/auth/providers/static_keys.hpp"
#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

/// The end of a list of providers one of which has to have credentials.
class DeadEnd final : public CredentialProvider {
 public:
  explicit DeadEnd(Error::Details details) : details_(std::move(details)) {}
  std::string name() const override { return ""; }
  std::optional<Credentials> find() override { throw Error(ErrorCode::unauthenticated, details_); }

 private:
  Error::Details details_;
};

class AssumeRoleProvider final : public CredentialProvider {
 public:
  /// `visited`: the profiles that led here, the last one being this provider's own.
  AssumeRoleProvider(std::vector<std::string> visited, AwsContextPtr context)
      : visited_(std::move(visited)), context_(std::move(context)) {}

  std::string name() const override { return "assumed role"; }

  std::optional<Credentials> find() override {
    const auto settings = context_->files().profile(profile());
    if (!settings || !asks_for_role(*settings)) {
      return std::nullopt;
    }
    const auto role = read_role_settings(profile(), context_->files());
    if (!source_) {
      source_ = std::make_unique<CredentialChain>(source_of(role), context_->clock());
    }
    const auto signer = source_->get();
    if (!signer.expires_at) {
      source_.reset();  // keys in a file may be others the next time
    }
    return ask_sts(call_for(role), &signer, *context_);
  }

  void forget() override { source_.reset(); }

 private:
  const std::string& profile() const { return visited_.back(); }
  std::string origin() const {
    return "profile '" + profile() + "' in " + context_->files().config_path().string();
  }

  StsCall call_for(const RoleSettings& role) const {
    StsCall call{"AssumeRole", {{"RoleArn", role.role_arn}}, "the role of " + origin()};
    call.parameters.emplace_back("RoleSessionName", role.session_name.empty()
                                                        ? default_session_name(context_->time())
                                                        : role.session_name);
    if (!role.external_id.empty()) {
      call.parameters.emplace_back("ExternalId", role.external_id);
    }
    if (role.duration_seconds > 0) {
      call.parameters.emplace_back("DurationSeconds", std::to_string(role.duration_seconds));
    }
    return call;
  }

  std::vector<std::unique_ptr<CredentialProvider>> source_of(const RoleSettings& role) {
    std::vector<std::unique_ptr<CredentialProvider>> providers;
    std::string missing;
    if (!role.credential_source.empty()) {
      missing = "its credential_source " + role.credential_source + " has none";
      providers.push_back(named_source(role.credential_source));
    } else {
      missing = "its source_profile '" + role.source_profile + "' has none";
      providers = profile_source(role.source_profile);
    }
    providers.push_back(std::make_unique<DeadEnd>(
        Error::Details{.doing = "find credentials for the role of",
                       .target = origin(),
                       .reason = missing,
                       .hint = "give the source credentials, or name another one"}));
    return providers;
  }

  std::unique_ptr<CredentialProvider> named_source(const std::string& name) {
    if (name == "Environment") {
      return environment_credentials(context_->environment());
    }
    return name == "EcsContainer" ? container_credentials(context_) : instance_credentials(context_);
  }

  std::vector<std::unique_ptr<CredentialProvider>> profile_source(const std::string& source) {
    const auto settings = context_->files().profile(source).value_or(AwsProfile());
    refuse_loop(source, settings);
    if (has_static_keys(settings) || !asks_for_role(settings)) {
      return profile_sources(source, /*use_environment=*/false, context_);
    }
    auto visited = visited_;
    visited.push_back(source);
    std::vector<std::unique_ptr<CredentialProvider>> providers;
    providers.push_back(std::make_unique<AssumeRoleProvider>(std::move(visited), context_));
    return providers;
  }

  /// A profile may name itself, for the keys that stand in it.
  void refuse_loop(const std::string& source, const AwsProfile& settings) const {
    const bool again = std::ranges::find(visited_, source) != visited_.end();
    if (!again || (source == profile() && has_static_keys(settings))) {
      return;
    }
    std::string way;
    for (const auto& name : visited_) {
      way += name + " → ";
    }
    throw Error(ErrorCode::invalid_argument, "assume the role of", origin(),
                "its source_profile leads back to itself: " + way + source,
                "let the last profile hold keys, or another source");
  }

  std::vector<std::string> visited_;
  AwsContextPtr context_;
  std::unique_ptr<CredentialChain> source_;
};

}  // namespace

std::unique_ptr<CredentialProvider> assume_role_credentials(std::string profile, AwsContextPtr context) {
  return std::make_unique<AssumeRoleProvider>(std::vector{std::move(profile)}, std::move(context));
}

}  // namespace wheelyard::auth
