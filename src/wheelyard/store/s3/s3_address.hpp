#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/store/s3/s3_access_point.hpp"

namespace wheelyard::store::s3 {

/// Throws `invalid_argument` with the rule that the name breaks
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
void check_bucket_name(const std::string& bucket);

/// "bucket/key" in parts, the key byte for byte. The name of an access point holds slashes of its own:
/// "arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/key".
struct BucketAndKey {
  std::string bucket;
  std::string key;
};
BucketAndKey split_bucket(std::string_view text);

/// The URLs of a bucket and its objects: the bucket's name in the path for IP addresses, names with dots and
/// endpoints other than Amazon's, else in the host name; `addressing_style` decides where it is set. Hosts
/// are those of botocore's endpoint rules (tests/data/s3-endpoints).
class Address {
 public:
  /// Which of a bucket's hosts: the making and removal of buckets is not for the accelerated one.
  enum class Host { fastest, plain };

  /// An empty name is the service itself, for requests of no bucket. Throws `invalid_argument` for settings
  /// that do not go together, `unsupported` for what Amazon signs in other ways.
  Address(std::string bucket, const auth::AwsSettings& settings);

  /// Of an object, or of the bucket itself where the key is empty.
  Url url(std::string_view region, std::string_view key = {}, Host host = Host::fastest) const;
  /// The value of x-amz-copy-source for an object here.
  std::string copy_source(std::string_view key) const;
  /// Amazon's own service, where the region decides on the host.
  bool is_aws() const { return aws_; }
  const std::string& bucket() const { return bucket_; }
  /// To sign for, until the server names another: that of the settings, or of the access point.
  const std::string& region() const { return region_; }

 private:
  void set_endpoint(const auth::AwsSettings& settings);
  void use_access_point(const auth::AwsSettings& settings);
  void check_aws(const auth::AwsSettings& settings) const;
  std::string aws_host(std::string_view region, bool accelerated) const;

  std::string bucket_;
  std::optional<AccessPoint> access_point_;
  std::string region_;
  Url endpoint_;  ///< empty host: Amazon's, made from the region
  bool aws_ = false;
  bool in_path_ = false;
  bool dualstack_ = false;
  bool fips_ = false;
  bool accelerate_ = false;
  bool global_ = false;  ///< the host of us-east-1 is the one without a region
};

}  // namespace wheelyard::store::s3
