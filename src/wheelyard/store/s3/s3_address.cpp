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

std::string aws_host(std::string_view region) {
  return "s3." + std::string(region) + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

}  // namespace

void check_bucket_name(const std::string& bucket) {
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

Address::Address(std::string bucket, const auth::AwsSettings& settings) : bucket_(std::move(bucket)) {
  if (!bucket_.empty()) check_bucket_name(bucket_);
  if (settings.endpoint_url.empty()) {
    aws_ = true;
    endpoint_.scheme = "https";
  } else {
    endpoint_ = Url::parse(settings.endpoint_url);
    bool web = endpoint_.scheme == "http" || endpoint_.scheme == "https";
    if (!web || endpoint_.host.empty() || !endpoint_.query.empty() || !endpoint_.user_info.empty()) {
      throw Error(ErrorCode::invalid_argument, "use the endpoint", endpoint_.display(),
                  "it is not of the form https://host:port",
                  settings.endpoint_origin.empty() ? "" : "it comes from " + settings.endpoint_origin);
    }
    while (endpoint_.path.ends_with('/')) endpoint_.path.pop_back();
  }
  bool amazon =
      aws_ || endpoint_.host.ends_with(".amazonaws.com") || endpoint_.host.ends_with(".amazonaws.com.cn");
  bool dotted = bucket_.find('.') != std::string::npos;
  if (is_ip_address(endpoint_.host) || settings.addressing_style == "path") {
    in_path_ = true;
  } else if (settings.addressing_style != "virtual") {
    in_path_ = dotted || !amazon;
  }
}

Url Address::url(std::string_view region, std::string_view key) const {
  Url url = endpoint_;
  if (aws_) url.host = aws_host(region);
  if (bucket_.empty()) {
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
  return "/" + bucket_ + "/" + percent_encode(key, "/");
}

}  // namespace wheelyard::store::s3
