#include "wheelyard/auth/aws_config.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/credential_providers.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";

/// A value and where it was found.
struct Found {
  std::string value;
  std::string origin;
};

/// Asks one place after the other.
class Lookup {
 public:
  Lookup(const Environment& environment, const AwsProfile& profile)
      : environment_(environment), profile_(profile) {}

  Lookup& given(const std::string& value, std::string_view option) {
    return take(value.empty() ? nullptr : &value, option);
  }
  Lookup& variable(std::string_view name) {
    const auto value = non_empty(environment_, name);
    return take(value ? &*value : nullptr, name);
  }
  Lookup& setting(std::string_view name) {
    const auto* value = find_text(profile_, name);
    return take(value, value == nullptr ? "" : profile_.find(name)->second.origin);
  }
  std::optional<Found> found() const { return found_; }

 private:
  Lookup& take(const std::string* value, std::string_view origin) {
    if (!found_ && value != nullptr && !value->empty()) {
      found_ = {*value, std::string(origin)};
    }
    return *this;
  }

  const Environment& environment_;
  const AwsProfile& profile_;
  std::optional<Found> found_;
};

[[noreturn]] void fail_value(std::string_view setting, const Found& found, const std::string& reason,
                             const std::string& hint) {
  throw Error(ErrorCode::invalid_argument, "use the " + std::string(setting) + " from", found.origin, reason,
              hint);
}

/// The settings of the profile; throws where one was chosen and is not there.
AwsProfile chosen_settings(const AwsFiles& files, const std::optional<std::string>& chosen) {
  auto profile = files.profile(chosen.value_or("default"));
  if (profile || !chosen) {
    return std::move(profile).value_or(AwsProfile());
  }
  std::string names;
  for (const auto& name : files.profile_names()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  throw Error(
      ErrorCode::invalid_argument, "use the AWS profile", "'" + *chosen + "'",
      "it is neither in " + files.config_path().string() + " nor in " + files.credentials_path().string(),
      names.empty() ? "add it with: aws configure --profile NAME" : "name one of: " + names);
}

/// A host label, as the region becomes part of a host name.
bool is_region(std::string_view text) {
  return text.size() <= 63 && !text.starts_with('-') && !text.ends_with('-') &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; }) &&
         !std::ranges::all_of(text, is_digit);
}

std::optional<Found> find_endpoint(const AwsOverrides& overrides, const Environment& environment,
                                   const AwsFiles& files, const AwsProfile& profile) {
  if (!overrides.endpoint_url.empty()) {
    return Found{overrides.endpoint_url, "--endpoint-url"};
  }
  auto ignore = Lookup(environment, profile)
                    .variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
                    .setting("ignore_configured_endpoint_urls")
                    .found();
  if (ignore && equals_ignoring_case(ignore->value, "true")) {
    return std::nullopt;
  }
  auto found =
      Lookup(environment, profile).variable("AWS_ENDPOINT_URL_S3").variable("AWS_ENDPOINT_URL").found();
  if (found) {
    return found;
  }
  if (const auto* name = find_text(profile, "services"); name != nullptr) {
    const auto* services = files.services(*name);
    if (services == nullptr) {
      fail_value("services section", {*name, profile.find("services")->second.origin},
                 "there is no [services " + *name + "] in " + files.config_path().string(),
                 "add that section, or remove 'services' from the profile");
    }
    if (const auto s3 = services->find("s3"); s3 != services->end() && s3->second.block) {
      const auto url = s3->second.block->find("endpoint_url");
      if (url != s3->second.block->end() && !url->second.empty()) {
        return Found{url->second, "[services " + *name + "] in " + files.config_path().string()};
      }
    }
  }
  return Lookup(environment, profile).setting("endpoint_url").found();
}

std::string checked_endpoint(const Found& found) {
  const auto reject = [&](const std::string& reason) {
    fail_value("endpoint URL", found, reason, "write it as https://HOST or http://HOST:PORT");
  };
  Url url;
  try {
    url = Url::parse(found.value);
  } catch (const Error&) {
    reject("it is not a URL");
  }
  if (url.scheme != "http" && url.scheme != "https") {
    reject("its scheme is neither http nor https");
  }
  if (url.host.empty()) {
    reject("it names no host");
  }
  if (!url.user_info.empty() || !url.query.empty() || !url.fragment.empty()) {
    reject("it may hold a host, a port and a path, and nothing else");
  }
  auto text = url.to_string();
  while (text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

std::string addressing_style(const AwsProfile& profile) {
  const auto s3 = profile.find("s3");
  if (s3 == profile.end() || !s3->second.block) {
    return "auto";
  }
  const auto style = s3->second.block->find("addressing_style");
  if (style == s3->second.block->end() || style->second.empty()) {
    return "auto";
  }
  if (style->second != "auto" && style->second != "path" && style->second != "virtual") {
    fail_value("s3 addressing_style", {style->second, s3->second.origin},
               "'" + style->second + "' is none that exists", "write auto, path or virtual");
  }
  return style->second;
}

int checked_attempts(const Found& found) {
  int attempts = 0;
  const auto* end = found.value.data() + found.value.size();
  const auto [stop, failure] = std::from_chars(found.value.data(), end, attempts);
  if (failure != std::errc() || stop != end || attempts < 1) {
    fail_value("number of attempts", found, "'" + found.value + "' is not a number of at least 1",
               "write max_attempts as a whole number, 1 for no second try");
  }
  return attempts;
}

}  // namespace

AwsSettings resolve_aws_settings(const AwsOverrides& overrides, const Environment& environment) {
  const auto files = AwsFiles::load(environment);
  const auto chosen = chosen_profile(overrides.profile, environment);
  const auto profile = chosen_settings(files, chosen);
  const auto look = [&] { return Lookup(environment, profile); };

  AwsSettings settings;
  settings.profile = chosen.value_or("default");
  // boto3 knows AWS_DEFAULT_REGION only; every other SDK reads AWS_REGION, so it serves where boto3 finds
  // nothing.
  const auto region = look()
                          .given(overrides.region, "--region")
                          .variable("AWS_DEFAULT_REGION")
                          .setting("region")
                          .variable("AWS_REGION")
                          .found();
  if (region && !is_region(region->value)) {
    fail_value("region", *region, "'" + region->value + "' cannot be one", "write it like eu-central-1");
  }
  settings.region = region ? region->value : kDefaultRegion;
  settings.region_origin = region ? region->origin : "";
  if (const auto endpoint = find_endpoint(overrides, environment, files, profile)) {
    settings.endpoint_url = checked_endpoint(*endpoint);
    settings.endpoint_origin = endpoint->origin;
  }
  settings.addressing_style = addressing_style(profile);
  if (auto bundle =
          look().variable("AWS_CA_BUNDLE").setting("ca_bundle").variable("REQUESTS_CA_BUNDLE").found()) {
    settings.ca_bundle = std::move(bundle->value);
  }
  if (const auto attempts = look().variable("AWS_MAX_ATTEMPTS").setting("max_attempts").found()) {
    settings.max_attempts = checked_attempts(*attempts);
  }
  return settings;
}

std::shared_ptr<CredentialChain> make_credential_chain(const AwsOverrides& overrides,
                                                       const Environment& environment) {
  const auto chosen = chosen_profile(overrides.profile, environment);
  chosen_settings(AwsFiles::load(environment), chosen);
  const auto profile = chosen.value_or("default");
  const bool use_environment = overrides.profile.empty();
  std::vector<std::unique_ptr<CredentialProvider>> providers;
  providers.push_back(explicit_credentials(
      {overrides.access_key_id, overrides.secret_access_key, overrides.session_token, std::nullopt, ""}));
  if (use_environment) {
    providers.push_back(environment_credentials(environment));
  }
  // The order is boto3's, these included.
  const std::string web_identity_variable = use_environment ? "AWS_WEB_IDENTITY_TOKEN_FILE" : "";
  providers.push_back(
      unsupported_credentials({{"an assumed role", "role_arn", "web_identity_token_file", ""},
                               {"a web identity", "web_identity_token_file", "", web_identity_variable},
                               {"single sign-on", "sso_account_id", "", ""},
                               {"single sign-on", "sso_role_name", "", ""}},
                              profile, environment));
  providers.push_back(shared_file_credentials(profile, environment));
  providers.push_back(unsupported_credentials(
      {{"a login session", "login_session", "", ""}, {"another program", "credential_process", "", ""}},
      profile, environment));
  providers.push_back(config_file_credentials(profile, environment));
  return std::make_shared<CredentialChain>(std::move(providers));
}

}  // namespace wheelyard::auth
