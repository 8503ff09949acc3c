#pragma once

#include <string_view>

namespace wheelyard::auth {

/// A group of AWS regions with names of its own
/// (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html).
struct AwsPartition {
  std::string_view name;               ///< "aws", "aws-cn", "aws-us-gov", ...
  std::string_view dns_suffix;         ///< "amazonaws.com"
  std::string_view dual_stack_suffix;  ///< "api.aws"; S3 has its own dual-stack names under `dns_suffix`
};

/// The partition by the region's prefix; "aws" where none is known.
const AwsPartition& partition_of(std::string_view region);

}  // namespace wheelyard::auth
