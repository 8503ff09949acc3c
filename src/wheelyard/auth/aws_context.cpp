#include "wheelyard/auth/aws_context.hpp"

#include <utility>

#include "wheelyard/auth/aws_lookup.hpp"

namespace wheelyard::auth {

AwsContext::AwsContext(AwsOverrides overrides, Environment environment, http::RequestLog log, Clock clock)
    : overrides_(std::move(overrides)),
      environment_(std::move(environment)),
      log_(std::move(log)),
      clock_(std::move(clock)),
      chosen_(chosen_profile(overrides_.profile, environment_)),
      profile_name_(chosen_.value_or("default")) {}

const AwsFiles& AwsContext::files() {
  if (!files_) {
    files_ = AwsFiles::load(environment_);
  }
  return *files_;
}

const AwsProfile& AwsContext::profile() {
  if (!profile_) {
    profile_ = profile_settings(files(), chosen_);
  }
  return *profile_;
}

const AwsSettings& AwsContext::settings() {
  if (!settings_) {
    settings_ = resolve_aws_settings(overrides_, environment_);
  }
  return *settings_;
}

void AwsContext::forget() {
  files_.reset();
  profile_.reset();
  settings_.reset();
}

}  // namespace wheelyard::auth
