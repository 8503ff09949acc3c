#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/environment.hpp"
#include "wheelyard/base/clock.hpp"
#include "wheelyard/http/client.hpp"

namespace wheelyard::auth {

/// What the providers of one chain share: who is meant, the files as they are in this search, and how AWS's
/// services are reached. Nothing is read before it is asked for. Used by one thread at a time.
class AwsContext {
 public:
  AwsContext(AwsOverrides overrides, Environment environment, http::RequestLog log = {}, Clock clock = now);

  const Environment& environment() const { return environment_; }
  /// The profile that applies: "default" unless one was chosen.
  const std::string& profile_name() const { return profile_name_; }
  /// A profile that was named in code or on the command line leaves the environment's keys out.
  bool uses_environment() const { return overrides_.profile.empty(); }
  TimePoint time() const { return clock_(); }
  const Clock& clock() const { return clock_; }
  const http::RequestLog& log() const { return log_; }

  /// Read at the first call, and anew after `forget`: other programs renew what stands in them.
  const AwsFiles& files();
  /// Those of the profile that applies. Throws where it was chosen and is not there.
  const AwsProfile& profile();
  /// Region, attempts and the like, as S3 has them.
  const AwsSettings& settings();
  void forget();

 private:
  AwsOverrides overrides_;
  Environment environment_;
  http::RequestLog log_;
  Clock clock_;
  std::optional<std::string> chosen_;
  std::string profile_name_;
  std::optional<AwsFiles> files_;
  std::optional<AwsProfile> profile_;
  std::optional<AwsSettings> settings_;
};

using AwsContextPtr = std::shared_ptr<AwsContext>;

}  // namespace wheelyard::auth
