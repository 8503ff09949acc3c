#pragma once

#include <string>
#include <string_view>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/base/url.hpp"

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
/// endpoints other than Amazon's, else in the host name; `addressing_style` decides where it is set.
class Address {
 public:
  /// An empty name is the service itself, for requests of no bucket.
  Address(std::string bucket, const auth::AwsSettings& settings);

  /// Of an object, or of the bucket itself where the key is empty.
  Url url(std::string_view region, std::string_view key = {}) const;
  /// The value of x-amz-copy-source for an object here.
  std::string copy_source(std::string_view key) const;
  /// Amazon's own service, where the region decides on the host.
  bool is_aws() const { return aws_; }
  const std::string& bucket() const { return bucket_; }

 private:
  std::string bucket_;
  Url endpoint_;  ///< empty host: Amazon's, made from the region
  bool aws_ = false;
  bool in_path_ = false;
};

}  // namespace wheelyard::store::s3
