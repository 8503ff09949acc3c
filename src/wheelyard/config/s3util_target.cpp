#include <algorithm>
#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {
namespace {

constexpr std::string_view kHint =
    "give --target s3://BUCKET/PREFIX, or write into ~/.config/pip/pip.conf: [ilabs.s3util] and below it "
    "target = s3://BUCKET/PREFIX";

Setting checked(Setting setting) {
  std::string_view rest = trim(setting.value);
  const bool is_s3 = rest.starts_with("s3://");
  rest.remove_prefix(is_s3 ? 5 : 0);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto bucket = rest.substr(0, slash);
  auto prefix = rest.substr(slash);
  if (!is_s3 || bucket.empty()) {
    throw Error(ErrorCode::invalid_argument, "use the target from", setting.origin,
                "'" + printable(setting.value, 200) + "' is not s3://BUCKET or s3://BUCKET/PREFIX",
                std::string(kHint));
  }
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  setting.value = "s3://" + std::string(bucket) + (prefix.empty() ? "" : "/" + std::string(prefix));
  return setting;
}

/// The bucket of "<bucket>.s3-website-<region>.amazonaws.com" or "<bucket>.s3-website.<region>.amazonaws.com"
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html); "" on any other host.
std::string website_bucket(std::string_view host) {
  const auto marker = host.rfind(".s3-website");
  if (marker == std::string_view::npos || marker == 0) return {};
  auto rest = host.substr(marker + std::string_view(".s3-website").size());
  if (!rest.starts_with('-') && !rest.starts_with('.')) return {};
  rest.remove_prefix(1);
  for (const std::string_view domain : {".amazonaws.com", ".amazonaws.com.cn"}) {
    if (rest.ends_with(domain)) {
      const auto region = rest.substr(0, rest.size() - domain.size());
      const bool is_label = !region.empty() && region.find('.') == std::string_view::npos;
      return is_label ? std::string(host.substr(0, marker)) : std::string();
    }
  }
  return {};
}

/// The bucket and prefix behind an index URL; none where it is not an S3 website.
std::optional<std::string> website_target(std::string_view text) {
  Url url;
  try {
    url = Url::parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
  const auto bucket = website_bucket(url.host);
  if ((url.scheme != "http" && url.scheme != "https") || bucket.empty()) return std::nullopt;
  return "s3://" + bucket + url.path;
}

}  // namespace

Setting s3util_target(const std::string& from_command_line, const auth::Environment& environment) {
  if (!from_command_line.empty()) return checked({from_command_line, "--target"});
  if (auto named = pip_setting("ilabs.s3util", "target", environment)) return checked(std::move(*named));
  const auto extra = pip_setting("global", "extra-index-url", environment);
  if (!extra) {
    throw Error(ErrorCode::invalid_argument, "find", "the target bucket",
                "neither --target nor a configuration file of pip names one", std::string(kHint));
  }
  std::string word;
  for (const char c : extra->value + "\n") {
    if (!is_space(c)) {
      word += c;
      continue;
    }
    if (const auto target = website_target(word)) return checked({*target, extra->origin});
    word.clear();
  }
  throw Error(
      ErrorCode::invalid_argument, "find", "the target bucket",
      "what " + extra->origin + " names is no website of a bucket (a CloudFront address does not say which)",
      std::string(kHint));
}

}  // namespace wheelyard::config
