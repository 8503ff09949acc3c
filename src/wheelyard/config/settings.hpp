#pragma once

#include <optional>
#include <string>

#include "wheelyard/auth/environment.hpp"

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
/// Names are compared as pip does ("index_url" is "index-url"), an empty value counts as none, and nothing is
/// interpolated. Throws `invalid_argument` on a file that cannot be parsed, naming file and line.
std::optional<Setting> pip_setting(const std::string& section, const std::string& key,
                                   const auth::Environment& environment);

/// The index that names which the repository does not hold are sent to: `--upstream`, else PIP_INDEX_URL /
/// pip's configuration, else UV_DEFAULT_INDEX, UV_INDEX_URL / uv.toml, else the build's
/// WHEELYARD_DEFAULT_UPSTREAM. An http or https URL without a slash at its end; it may hold user info, so
/// print it by `Url::display` only. Both parts are empty where there is none. `own_url` is where the server
/// that asks will listen, where that is known: what a configuration names there is passed over, since
/// redirecting a name to oneself never ends; given on the command line it is an error. Throws
/// `invalid_argument` on a value that is no http or https URL, naming where it comes from.
Setting upstream_index(const std::string& from_command_line, const auth::Environment& environment,
                       const std::string& own_url = {});

/// ilabs.s3util's target: --target, else `[ilabs.s3util] target`, else a `[global] extra-index-url` that
/// names an S3 website (`http://<bucket>.s3-website-<region>.amazonaws.com/<prefix>`; https, and the form
/// with a point before the region, as well). As "s3://bucket" or "s3://bucket/prefix". Throws
/// `invalid_argument`, saying what to write into pip.conf, where none names one (a CloudFront address does
/// not say which bucket it stands for).
Setting s3util_target(const std::string& from_command_line, const auth::Environment& environment);

}  // namespace wheelyard::config
