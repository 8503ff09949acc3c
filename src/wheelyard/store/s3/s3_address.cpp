#include "wheelyard/store/s3/s3_address.hpp"

#include <algorithm>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::store::s3 {
namespace {

bool is_ip_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  auto parts = split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           return !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_digit);
         });
}

std::string fault_of(std::string_view bucket) {
  if (bucket.size() < 3 || bucket.size() > 63) return "it must have 3 to 63 characters";
  bool known = std::ranges::all_of(
      bucket, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
  if (!known) return "it may hold only lower-case letters, digits, hyphens and dots";
  if (!is_alnum(bucket.front()) || !is_alnum(bucket.back()))
    return "it must begin and end with a letter or digit";
  if (bucket.find("..") != std::string_view::npos) return "it may not hold two dots in a row";
  if (is_ip_address(bucket)) return "it may not look like an IP address";
  return {};
}

Error unfit(const std::string& bucket, std::string reason, std::string hint) {
  return Error(ErrorCode::invalid_argument, "use the bucket", "\"" + printable(bucket, 200) + "\"",
               std::move(reason), std::move(hint));
}

}  // namespace

void check_bucket_name(const std::string& bucket) {
  if (parse_access_point(bucket)) return;
  if (std::string fault = fault_of(bucket); !fault.empty()) {
    throw Error(ErrorCode::invalid_argument, "use the bucket name", "\"" + printable(bucket, 80) + "\"",
                fault, "write the repository as s3://bucket/prefix");
  }
}

BucketAndKey split_bucket(std::string_view text) {
  std::size_t end = text.find('/');
  // The resource of an ARN: "accesspoint/NAME" or "accesspoint:NAME".
  if (text.starts_with("arn:") && text.substr(0, end).ends_with("accesspoint")) end = text.find('/', end + 1);
  if (end == std::string_view::npos) return {.bucket = std::string(text), .key = {}};
  return {.bucket = std::string(text.substr(0, end)), .key = std::string(text.substr(end + 1))};
}

Address::Address(std::string bucket, const auth::AwsSettings& settings)
    : bucket_(std::move(bucket)),
      region_(settings.region == "aws-global" ? "us-east-1" : settings.region),
      dualstack_(settings.dualstack),
      fips_(settings.fips),
      accelerate_(settings.accelerate) {
  if (!bucket_.empty()) check_bucket_name(bucket_);
  access_point_ = parse_access_point(bucket_);
  set_endpoint(settings);
  global_ =
      settings.region == "aws-global" || (settings.us_east_1_endpoint == "legacy" && !dualstack_ && !fips_);
  if (access_point_) use_access_point(settings);
  bool amazon =
      aws_ || endpoint_.host.ends_with(".amazonaws.com") || endpoint_.host.ends_with(".amazonaws.com.cn");
  bool dotted = bucket_.find('.') != std::string::npos;
  if (access_point_) {
    in_path_ = false;
  } else if (is_ip_address(endpoint_.host) || settings.addressing_style == "path") {
    in_path_ = true;
  } else if (dotted && endpoint_.scheme == "https") {
    // No certificate covers a name with more dots.
    in_path_ = true;
  } else if (settings.addressing_style != "virtual") {
    in_path_ = dotted || !amazon;
  }
  if (aws_) check_aws(settings);
}

void Address::set_endpoint(const auth::AwsSettings& settings) {
  if (settings.endpoint_url.empty()) {
    aws_ = true;
    endpoint_.scheme = "https";
    return;
  }
  endpoint_ = Url::parse(settings.endpoint_url);
  bool web = endpoint_.scheme == "http" || endpoint_.scheme == "https";
  if (!web || endpoint_.host.empty() || !endpoint_.query.empty() || !endpoint_.user_info.empty()) {
    throw Error(ErrorCode::invalid_argument, "use the endpoint", endpoint_.display(),
                "it is not of the form https://host:port",
                settings.endpoint_origin.empty() ? "" : "it comes from " + settings.endpoint_origin);
  }
  while (endpoint_.path.ends_with('/')) endpoint_.path.pop_back();
  if (dualstack_ || fips_ || accelerate_) {
    throw unfit(
        bucket_,
        "dual-stack, FIPS and accelerated hosts are Amazon's, and the endpoint is " + endpoint_.display(),
        "leave out either the endpoint or the setting");
  }
}

void Address::use_access_point(const auth::AwsSettings& settings) {
  if (accelerate_)
    throw unfit(bucket_, "access points have no accelerated hosts", "switch use_accelerate_endpoint off");
  if (!aws_ && is_ip_address(endpoint_.host))
    throw unfit(bucket_, "an access point has no name at an IP address",
                "name the endpoint by its host name");
  if (access_point_->region != region_ && !settings.use_arn_region) {
    throw unfit(bucket_,
                "it is in region '" + access_point_->region + "', and the settings say '" + region_ + "'",
                "use --region " + access_point_->region + ", or set AWS_S3_USE_ARN_REGION=true");
  }
  if (partition_of(access_point_->region).name != partition_of(region_).name) {
    throw unfit(bucket_, "it is in another partition than region '" + region_ + "'",
                "use --region " + access_point_->region);
  }
  region_ = access_point_->region;
}

void Address::check_aws(const auth::AwsSettings& settings) const {
  Partition partition = partition_of(region_);
  if (bucket_.ends_with("--x-s3")) {
    throw Error(ErrorCode::unsupported, "use the bucket", bucket_,
                "directory buckets (S3 Express) want sessions, which are not built in");
  }
  if (fips_ && !partition.has_fips)
    throw unfit(bucket_, "region '" + region_ + "' has no FIPS hosts", "switch use_fips_endpoint off");
  if (dualstack_ && !partition.has_dualstack)
    throw unfit(bucket_, "region '" + region_ + "' has no dual-stack hosts",
                "switch use_dualstack_endpoint off");
  if (!accelerate_) return;
  if (fips_) throw unfit(bucket_, "accelerated hosts are not FIPS hosts", "switch one of the two off");
  if (partition.name == "aws-cn")
    throw unfit(bucket_, "region '" + region_ + "' has no accelerated hosts",
                "switch use_accelerate_endpoint off");
  if (in_path_ && !bucket_.empty()) {
    throw unfit(bucket_,
                settings.addressing_style == "path" ? "accelerated hosts have the bucket in their name"
                                                    : "a name with dots has no accelerated host",
                "switch use_accelerate_endpoint off");
  }
}

std::string Address::aws_host(std::string_view region, bool accelerated) const {
  const Partition partition = partition_of(region);
  const std::string dualstack = dualstack_ ? ".dualstack" : "";
  if (accelerated) return "s3-accelerate" + dualstack + "." + std::string(partition.domain);
  std::string host = access_point_ ? "s3-accesspoint" : "s3";
  if (fips_) host += "-fips";
  host += dualstack;
  if (!access_point_ && global_ && region == "us-east-1") return host + "." + std::string(partition.domain);
  return host + "." + std::string(region) + "." + std::string(partition.domain);
}

Url Address::url(std::string_view region, std::string_view key, Host host) const {
  Url url = endpoint_;
  if (aws_) url.host = aws_host(region, accelerate_ && host == Host::fastest && !bucket_.empty());
  if (access_point_) {
    url.host = access_point_->name + "-" + access_point_->account + "." + url.host;
  } else if (bucket_.empty()) {
    // The service itself.
  } else if (in_path_) {
    url.path += "/" + bucket_;
  } else {
    url.host = bucket_ + "." + url.host;
  }
  if (!key.empty() || !in_path_) url.path += "/" + percent_encode(key, "/");
  return url;
}

std::string Address::copy_source(std::string_view key) const {
  if (access_point_) return percent_encode(access_point_->arn + "/object/" + std::string(key), "/");
  return "/" + bucket_ + "/" + percent_encode(key, "/");
}

}  // namespace wheelyard::store::s3
