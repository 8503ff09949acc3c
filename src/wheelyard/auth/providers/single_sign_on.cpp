#include "wheelyard/auth/providers/single_sign_on.hpp"

#include <utility>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_service.hpp"
#include "wheelyard/auth/providers/sso_token.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr auto kTime = std::chrono::seconds(30);

struct SsoRole {
  SsoSession session;
  std::string account_id;
  std::string role_name;
};

class SingleSignOnProvider final : public CredentialProvider {
 public:
  SingleSignOnProvider(std::string profile, AwsContextPtr context)
      : profile_(std::move(profile)), context_(std::move(context)) {}

  std::string name() const override { return "single sign-on"; }

  std::optional<Credentials> find() override {
    const auto settings = context_->files().profile(profile_).value_or(AwsProfile());
    if (!settings.contains("sso_account_id") && !settings.contains("sso_role_name")) {
      return std::nullopt;
    }
    const auto role = read_role(settings);
    return ask(role, current_sso_token(role.session, profile_, *context_));
  }

 private:
  std::string origin() const {
    return "profile '" + profile_ + "' in " + context_->files().config_path().string();
  }
  [[noreturn]] void fail(const std::string& reason, const std::string& hint) const {
    throw Error(ErrorCode::invalid_argument, "use the single sign-on of", origin(), reason, hint);
  }

  /// The profile's settings and those of its session, which must not contradict each other.
  AwsProfile with_session(const AwsProfile& settings) const {
    const auto* name = find_text(settings, "sso_session");
    if (name == nullptr) {
      return settings;
    }
    const auto* session = context_->files().sso_session(*name);
    if (session == nullptr) {
      fail("there is no [sso-session " + printable(*name, 80) + "]",
           "make it with: aws configure sso-session");
    }
    // Its own part has to be there, whatever the profile repeats.
    for (const auto* needed : {"sso_start_url", "sso_region"}) {
      if (find_text(*session, needed) == nullptr) {
        fail("[sso-session " + printable(*name, 80) + "] has no " + needed,
             "complete it with: aws configure sso-session");
      }
    }
    auto merged = settings;
    for (const auto& [key, value] : *session) {
      const auto [at, is_new] = merged.try_emplace(key, value);
      if (!is_new && (at->second.text != value.text || at->second.block != value.block)) {
        fail("its " + key + " is another one than that of [sso-session " + printable(*name, 80) + "]",
             "remove one of the two");
      }
    }
    return merged;
  }

  SsoRole read_role(const AwsProfile& settings) const {
    const auto merged = with_session(settings);
    const auto required = [&](std::string_view name) {
      const auto* text = find_text(merged, name);
      if (text == nullptr || text->empty()) {
        fail(std::string(name) + " is missing", "complete it with: aws configure sso --profile " + profile_);
      }
      return *text;
    };
    SsoRole role;
    role.role_name = required("sso_role_name");
    role.account_id = required("sso_account_id");
    role.session.start_url = required("sso_start_url");
    role.session.region = required("sso_region");
    const auto* name = find_text(settings, "sso_session");
    role.session.name = name == nullptr ? "" : *name;
    return role;
  }

  Credentials ask(const SsoRole& role, const std::string& token) const {
    http::Request request;
    request.url = service_url(kSso, role.session.region, *context_);
    request.url.path += "/federation/credentials";
    request.url.query =
        "role_name=" + percent_encode(role.role_name) + "&account_id=" + percent_encode(role.account_id);
    request.headers.set("X-Amz-Sso_bearer_token", token);
    http::Client client(service_client_options(*context_));
    const auto answer = ask_service(client, request, kTime);
    if (answer.status != 200) {
      refuse(request, answer);
    }
    const auto object = JsonObject::parse(answer.body);
    const auto given = object ? object->object("roleCredentials") : std::nullopt;
    const auto text = [&](std::string_view name) {
      return given ? given->text(name).value_or("") : std::string();
    };
    Credentials found{text("accessKeyId"), text("secretAccessKey"), text("sessionToken"), std::nullopt,
                      "single sign-on of " + origin()};
    const auto expiry = given ? given->number("expiration").value_or(-1) : -1;
    constexpr std::int64_t kLatest = 253'402'300'799'000;  // the year 9999
    if (found.access_key_id.empty() || found.secret_access_key.empty() || found.session_token.empty() ||
        expiry < 0 || expiry > kLatest) {
      throw Error(ErrorCode::corrupted, "get credentials from", request.url.display(),
                  "the answer has no credentials, or not all of them",
                  "check that it is IAM Identity Center that answers there");
    }
    found.expires_at = TimePoint(std::chrono::milliseconds(expiry));
    return found;
  }

  [[noreturn]] void refuse(const http::Request& request, const ServiceAnswer& answer) const {
    const auto object = JsonObject::parse(answer.body);
    auto reason = object ? object->text("message").value_or("") : std::string();
    if (reason.empty()) {
      reason = "IAM Identity Center answered without credentials";
    }
    const auto type = answer.headers.get("X-Amzn-ErrorType");
    const bool ended = answer.status == 401;
    throw Error(answer.status >= 500 || answer.status == 429 ? ErrorCode::unavailable
                : answer.status == 403                       ? ErrorCode::permission_denied
                                                             : ErrorCode::unauthenticated,
                {.doing = "get credentials for",
                 .target = origin() + " from " + request.url.display(),
                 .reason = printable(reason, 300),
                 .hint = ended ? "sign on: aws sso login --profile " + profile_
                               : "check sso_account_id and sso_role_name",
                 .http_status = answer.status,
                 .server_code = printable(type.substr(0, type.find(':')), 80)});
  }

  std::string profile_;
  AwsContextPtr context_;
};

}  // namespace

std::unique_ptr<CredentialProvider> single_sign_on_credentials(std::string profile, AwsContextPtr context) {
  return std::make_unique<SingleSignOnProvider>(std::move(profile), std::move(context));
}

}  // namespace wheelyard::auth
