#include "wheelyard/auth/providers/role_settings.hpp"

#include <charconv>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

std::string text_of(const AwsProfile& profile, std::string_view name) {
  const auto* text = find_text(profile, name);
  return text == nullptr ? "" : *text;
}

[[noreturn]] void fail(const AwsProfile& profile, const std::string& reason, const std::string& hint) {
  throw Error(ErrorCode::invalid_argument, "assume the role of", profile.find("role_arn")->second.origin,
              reason, hint);
}

void check_source(const RoleSettings& role, const AwsProfile& profile, const AwsFiles& files) {
  const std::string either =
      "name the profile that has the keys as source_profile, or write credential_source = Environment, "
      "EcsContainer or Ec2InstanceMetadata";
  if (!role.source_profile.empty() && !role.credential_source.empty()) {
    fail(profile, "it has both a source_profile and a credential_source", "remove one of the two");
  }
  if (role.source_profile.empty() && role.credential_source.empty()) {
    fail(profile, "it has neither a source_profile nor a credential_source", either);
  }
  if (!role.source_profile.empty() && !files.profile(role.source_profile)) {
    fail(profile, "its source_profile '" + role.source_profile + "' is in neither of the two files",
         "correct source_profile, or add that profile");
  }
  const auto& source = role.credential_source;
  if (!source.empty() && source != "Environment" && source != "EcsContainer" &&
      source != "Ec2InstanceMetadata") {
    fail(profile, "its credential_source '" + printable(source, 60) + "' is none that exists", either);
  }
}

}  // namespace

bool asks_for_role(const AwsProfile& profile) {
  return profile.contains("role_arn") && !profile.contains("web_identity_token_file");
}

bool has_static_keys(const AwsProfile& profile) {
  return profile.contains("aws_access_key_id") || profile.contains("aws_secret_access_key");
}

RoleSettings read_role_settings(const std::string& profile_name, const AwsFiles& files) {
  const auto profile = files.profile(profile_name).value_or(AwsProfile());
  RoleSettings role;
  role.role_arn = text_of(profile, "role_arn");
  role.source_profile = text_of(profile, "source_profile");
  role.credential_source = text_of(profile, "credential_source");
  role.session_name = text_of(profile, "role_session_name");
  role.external_id = text_of(profile, "external_id");
  check_source(role, profile, files);
  if (role.role_arn.empty()) {
    fail(profile, "its role_arn is empty", "write the role's ARN there: arn:aws:iam::ACCOUNT:role/NAME");
  }
  if (const auto device = text_of(profile, "mfa_serial"); !device.empty()) {
    throw Error(ErrorCode::unsupported, "assume the role of", profile.find("role_arn")->second.origin,
                "its mfa_serial asks for a code, and nobody is asked for one here",
                "put credentials into the environment first: eval \"$(aws configure export-credentials "
                "--profile " +
                    profile_name + " --format env)\"");
  }
  // A duration that is no number is passed over, as boto3 does.
  const auto duration = text_of(profile, "duration_seconds");
  int seconds = 0;
  const auto [stop, failure] = std::from_chars(duration.data(), duration.data() + duration.size(), seconds);
  if (failure == std::errc() && stop == duration.data() + duration.size() && seconds > 0) {
    role.duration_seconds = seconds;
  }
  return role;
}

}  // namespace wheelyard::auth
