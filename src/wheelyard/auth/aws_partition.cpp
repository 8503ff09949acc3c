#include "wheelyard/auth/aws_partition.hpp"

#include <algorithm>
#include <array>

namespace wheelyard::auth {
namespace {

struct Entry {
  std::string_view region_prefix;
  AwsPartition partition;
};

constexpr std::array<Entry, 7> kOthers{{
    {"cn-", {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"}},
    {"us-gov-", {"aws-us-gov", "amazonaws.com", "api.aws"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"}},
    {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"}},
    {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"}},
}};
constexpr AwsPartition kCommon{"aws", "amazonaws.com", "api.aws"};

}  // namespace

const AwsPartition& partition_of(std::string_view region) {
  const auto* const found = std::ranges::find_if(
      kOthers, [&](const Entry& entry) { return region.starts_with(entry.region_prefix); });
  return found == kOthers.end() ? kCommon : found->partition;
}

}  // namespace wheelyard::auth
