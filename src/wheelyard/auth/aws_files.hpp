#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// A setting of a profile: a text, or a block of settings one level deeper ("s3 =" and indented lines).
struct AwsValue {
  std::string text;
  std::optional<std::map<std::string, std::string, std::less<>>> block;
  std::string origin;  ///< "profile 'ci' in /home/me/.aws/config"
};

/// By name, in lower case.
using AwsProfile = std::map<std::string, AwsValue, std::less<>>;

/// The setting's text, or null where it is not there or is a block.
const std::string* find_text(const AwsProfile& profile, std::string_view name);

/// The two files that AWS's tools share, as botocore reads them: AWS_CONFIG_FILE or ~/.aws/config, and
/// AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials
/// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
class AwsFiles {
 public:
  /// A file that is not there is empty. Throws `invalid_argument` on one that cannot be parsed, naming file
  /// and line, and `unavailable` on one that may not be read.
  static AwsFiles load(const Environment& environment);
  /// The same from the files' contents. Throws `invalid_argument` as `load` does, calling them by these
  /// paths.
  static AwsFiles parse(std::string_view config, std::string_view credentials,
                        std::filesystem::path config_path = "config",
                        std::filesystem::path credentials_path = "credentials");

  /// `[default]` and `[profile NAME]` of the config file, or null.
  const AwsProfile* config_profile(std::string_view name) const;
  /// `[NAME]` of the credentials file, or null.
  const AwsProfile* credentials_profile(std::string_view name) const;
  /// Both, the credentials file going ahead. None where neither file has it.
  std::optional<AwsProfile> profile(std::string_view name) const;
  /// `[services NAME]` of the config file, or null.
  const AwsProfile* services(std::string_view name) const;
  /// `[sso-session NAME]` of the config file, or null.
  const AwsProfile* sso_session(std::string_view name) const;

  /// Every profile's name, for messages, sorted.
  std::vector<std::string> profile_names() const;
  const std::filesystem::path& config_path() const { return config_path_; }
  const std::filesystem::path& credentials_path() const { return credentials_path_; }

 private:
  using Profiles = std::map<std::string, AwsProfile, std::less<>>;

  void take_config(std::string_view text);
  void take_credentials(std::string_view text);

  std::filesystem::path config_path_;
  std::filesystem::path credentials_path_;
  Profiles config_profiles_;
  Profiles credentials_profiles_;
  Profiles services_;
  Profiles sso_sessions_;
};

/// Which profile applies: the given one, else AWS_DEFAULT_PROFILE, else AWS_PROFILE; none where nothing names
/// one.
std::optional<std::string> chosen_profile(const std::string& from_command_line,
                                          const Environment& environment);

}  // namespace wheelyard::auth
