#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wheelyard::store::s3 {

/// An access point in a bucket's place, named by its ARN: "arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME"
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-access-points.html).
struct AccessPoint {
  std::string arn;  ///< with a slash ahead of the name
  std::string partition;
  std::string region;
  std::string account;
  std::string name;
};

/// None for what is no ARN. Throws `invalid_argument` for a broken one, and `unsupported` for those of more
/// regions than one, of outposts and of object lambdas, which are signed in other ways.
std::optional<AccessPoint> parse_access_point(std::string_view bucket);

/// Whose domain a region's hosts are in: "aws" and "amazonaws.com" for most
/// (https://docs.aws.amazon.com/general/latest/gr/s3.html).
struct Partition {
  std::string_view name;
  std::string_view domain;
  bool has_fips = true;
  bool has_dualstack = true;
};
Partition partition_of(std::string_view region);

}  // namespace wheelyard::store::s3
