#include "wheelyard/auth/providers/profile_sources.hpp"

#include <utility>

#include "wheelyard/auth/providers/credential_process.hpp"
#include "wheelyard/auth/providers/single_sign_on.hpp"
#include "wheelyard/auth/providers/static_keys.hpp"
#include "wheelyard/auth/providers/web_identity.hpp"
#include "wheelyard/base/error.hpp"

namespace wheelyard::auth {
namespace {

/// `aws login` keeps what it got in a form that only AWS's own tools renew: refused, so that nobody works
/// under another identity than the configured one.
class LoginSessionProvider final : public CredentialProvider {
 public:
  LoginSessionProvider(std::string profile, AwsContextPtr context)
      : profile_(std::move(profile)), context_(std::move(context)) {}

  std::string name() const override { return ""; }

  std::optional<Credentials> find() override {
    const auto settings = context_->files().profile(profile_).value_or(AwsProfile());
    const auto found = settings.find("login_session");
    if (found == settings.end()) {
      return std::nullopt;
    }
    throw Error(ErrorCode::unsupported, "use the credentials of", found->second.origin,
                "login_session asks for a login session, which is not built in",
                "put them into the environment first: eval \"$(aws configure export-credentials --profile " +
                    profile_ + " --format env)\"");
  }

 private:
  std::string profile_;
  AwsContextPtr context_;
};

}  // namespace

std::vector<std::unique_ptr<CredentialProvider>> profile_sources(const std::string& profile,
                                                                 bool use_environment,
                                                                 const AwsContextPtr& context) {
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(web_identity_credentials(profile, use_environment, context));
  providers.push_back(single_sign_on_credentials(profile, context));
  providers.push_back(shared_file_credentials(profile, context));
  providers.push_back(std::make_unique<LoginSessionProvider>(profile, context));
  providers.push_back(process_credentials(profile, context));
  providers.push_back(config_file_credentials(profile, context));
  return providers;
}

}  // namespace wheelyard::auth
