#pragma once

#include <string>

#include "wheelyard/auth/aws_files.hpp"

namespace wheelyard::auth {

/// The profile asks for a role: role_arn, and no web identity that the role is had with.
bool asks_for_role(const AwsProfile& profile);
/// It holds keys of its own, or a part of them.
bool has_static_keys(const AwsProfile& profile);

/// What a profile says of the role that it stands for
/// (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html).
struct RoleSettings {
  std::string role_arn;
  std::string source_profile;     ///< either this ...
  std::string credential_source;  ///< ... or this: Environment, EcsContainer, Ec2InstanceMetadata
  std::string session_name;
  std::string external_id;
  int duration_seconds = 0;  ///< 0: the service's own
};

/// Throws `invalid_argument` where neither or both of source_profile and credential_source are set or one of
/// them cannot be, and `unsupported` where the role wants a code that a person reads from a device.
RoleSettings read_role_settings(const std::string& profile_name, const AwsFiles& files);

}  // namespace wheelyard::auth
