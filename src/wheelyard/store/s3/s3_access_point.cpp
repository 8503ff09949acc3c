#include "wheelyard/store/s3/s3_access_point.hpp"

#include <algorithm>
#include <array>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::size_t account_digits = 12;

Error refuse(std::string_view arn, std::string reason, ErrorCode code = ErrorCode::invalid_argument) {
  return Error(code, "use the access point", "\"" + printable(arn, 200) + "\"", std::move(reason),
               "write it as s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME");
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
}

}  // namespace

std::optional<AccessPoint> parse_access_point(std::string_view bucket) {
  if (!bucket.starts_with("arn:")) return std::nullopt;
  auto parts = split(bucket, ':');
  if (parts.size() < 6) throw refuse(bucket, "an ARN has six parts");
  std::string_view service = parts[2];
  if (service == "s3-outposts" || service == "s3-object-lambda") {
    throw refuse(bucket, "access points of " + std::string(service) + " are not built in",
                 ErrorCode::unsupported);
  }
  if (service != "s3") throw refuse(bucket, "it is not of S3");
  std::string_view kind = parts[5];
  std::string_view name;
  if (parts.size() == 7) {
    name = parts[6];
  } else if (auto slash = kind.find('/'); parts.size() == 6 && slash != std::string_view::npos) {
    name = kind.substr(slash + 1);
    kind = kind.substr(0, slash);
  }
  if (kind != "accesspoint" || name.empty()) throw refuse(bucket, "it names no access point");
  if (parts[3].empty()) {
    throw refuse(bucket, "access points of more than one region are not built in", ErrorCode::unsupported);
  }
  bool account = parts[4].size() == account_digits && std::ranges::all_of(parts[4], is_digit);
  if (!account) throw refuse(bucket, "its account is not of 12 digits");
  if (!is_label(parts[1]) || !is_label(parts[3]) || !is_label(name))
    throw refuse(bucket, "a part of it holds characters that it may not");
  AccessPoint point{.partition = std::string(parts[1]),
                    .region = std::string(parts[3]),
                    .account = std::string(parts[4]),
                    .name = std::string(name)};
  point.arn =
      "arn:" + point.partition + ":s3:" + point.region + ":" + point.account + ":accesspoint/" + point.name;
  return point;
}

Partition partition_of(std::string_view region) {
  struct Known {
    std::string_view beginning;
    Partition partition;
  };
  constexpr std::array known{
      Known{"cn-", {"aws-cn", "amazonaws.com.cn", false, true}},
      Known{"us-gov-", {"aws-us-gov", "amazonaws.com", true, true}},
      Known{"us-isob-", {"aws-iso-b", "sc2s.sgov.gov", true, false}},
      Known{"us-isof-", {"aws-iso-f", "csp.hci.ic.gov", true, false}},
      Known{"us-iso-", {"aws-iso", "c2s.ic.gov", true, false}},
      Known{"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk", true, false}},
      Known{"eusc-", {"aws-eusc", "amazonaws.eu", true, false}},
  };
  auto found =
      std::ranges::find_if(known, [&](const Known& one) { return region.starts_with(one.beginning); });
  return found == known.end() ? Partition{.name = "aws", .domain = "amazonaws.com"} : found->partition;
}

}  // namespace wheelyard::store::s3
