#include "wheelyard/auth/providers/web_identity.hpp"

#include <utility>

#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::uint64_t kMaxToken = 64u << 10;

class WebIdentityProvider final : public CredentialProvider {
 public:
  WebIdentityProvider(std::string profile, bool use_environment, AwsContextPtr context)
      : profile_(std::move(profile)), use_environment_(use_environment), context_(std::move(context)) {}

  std::string name() const override { return "web identity"; }

  std::optional<Credentials> find() override {
    const auto settings = context_->files().profile(profile_).value_or(AwsProfile());
    const auto look = [&](std::string_view variable, std::string_view setting) {
      Lookup lookup(context_->environment(), settings);
      if (use_environment_) {
        lookup.variable(variable);
      }
      return lookup.setting(setting).found();
    };
    const auto file = look("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (!file) {
      return std::nullopt;
    }
    const auto role = look("AWS_ROLE_ARN", "role_arn");
    if (!role) {
      throw Error(
          ErrorCode::invalid_argument, "use the web identity of", file->origin,
          "there is a token, but no role to use it for",
          use_environment_ ? "set AWS_ROLE_ARN, or role_arn in the profile" : "set role_arn in the profile");
    }
    const auto session = look("AWS_ROLE_SESSION_NAME", "role_session_name");
    const StsCall call{
        "AssumeRoleWithWebIdentity",
        {{"RoleArn", role->value},
         {"RoleSessionName", session ? session->value : default_session_name(context_->time())},
         {"WebIdentityToken", read_token(*file)}},
        "the web identity of " + file->origin};
    return ask_sts(call, nullptr, *context_);
  }

 private:
  static std::string read_token(const Found& file) {
    std::string token;
    try {
      token = trim(read_file(file.value, kMaxToken));
    } catch (const Error& error) {
      throw Error(error.code() == ErrorCode::not_found ? ErrorCode::unauthenticated : error.code(),
                  "read the web identity token of", file.origin, error.what(),
                  "check the path, and that whoever renews the token has written it");
    }
    if (token.empty()) {
      throw Error(ErrorCode::unauthenticated, "read the web identity token of", file.origin,
                  file.value + " is empty", "check that whoever renews the token has written it");
    }
    return token;
  }

  std::string profile_;
  bool use_environment_;
  AwsContextPtr context_;
};

}  // namespace

std::unique_ptr<CredentialProvider> web_identity_credentials(std::string profile, bool use_environment,
                                                             AwsContextPtr context) {
  return std::make_unique<WebIdentityProvider>(std::move(profile), use_environment, std::move(context));
}

}  // namespace wheelyard::auth
