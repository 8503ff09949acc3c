#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/auth/aws_config.hpp"

namespace wheelyard::config {

/// A value and where it came from, for messages.
struct Setting {
  std::string value;
  std::string origin;  ///< "--repo", "WHEELYARD_REPO", "/home/me/.config/pip/pip.conf [global] index-url"
};

/// --repo, else WHEELYARD_REPO. Throws `invalid_argument` with what to type where neither is given.
Setting repository_url(const std::string& from_command_line, const auth::Environment& environment);

/// One section's key over all of pip's configuration files, the most specific one winning, as pip reads them:
/// global, user (both places), site, PIP_CONFIG_FILE (https://pip.pypa.io/en/stable/topics/configuration/).
std::optional<Setting> pip_setting(const std::string& section, const std::string& key,
                                   const auth::Environment& environment);

/// The index that names which the repository does not hold are sent to: `--upstream`, else PIP_INDEX_URL /
/// pip's configuration, else UV_DEFAULT_INDEX, UV_INDEX_URL / uv.toml, else the build's WHEELYARD_DEFAULT_UPSTREAM.
Setting upstream_index(const std::string& from_command_line, const auth::Environment& environment);

/// ilabs.s3util's target: --target, else `[ilabs.s3util] target`, else an extra-index-url that names an S3 website
/// (`http://<bucket>.s3-website-<region>.amazonaws.com/<prefix>`). As "s3://bucket/prefix".
Setting s3util_target(const std::string& from_command_line, const auth::Environment& environment);

}  // namespace wheelyard::config
