#pragma once

#include <algorithm>
#include <cstdint>

#include "wheelyard/package/archive/fault.hpp"
#include "wheelyard/package/distribution.hpp"

namespace wheelyard::package {

/// Refuses archives that unpack to more than is allowed: counts what comes out of one.
class UnpackBudget {
 public:
  UnpackBudget(const InspectLimits& limits, std::uint64_t packed, const Fault& fault)
      : most_(limits.unpacked_bytes != 0 ? limits.unpacked_bytes : std::uint64_t{16} << 30),
        ratio_(std::max<std::uint64_t>(limits.ratio, 1)),
        packed_(packed),
        fault_(fault) {}

  void add(std::uint64_t bytes) {
    constexpr std::uint64_t harmless = 64u << 20;
    if (bytes > most_ - total_) {
      fault_("it unpacks to more than " + std::to_string(most_) + " bytes",
             "an archive this large is refused as a bomb");
    }
    total_ += bytes;
    if (total_ > harmless && total_ / ratio_ > packed_) {
      fault_("it unpacks to more than " + std::to_string(ratio_) + " times its size",
             "an archive that is packed this tightly is refused as a bomb");
    }
  }

 private:
  std::uint64_t most_;
  std::uint64_t ratio_;
  std::uint64_t packed_;
  std::uint64_t total_ = 0;
  const Fault& fault_;
};

}  // namespace wheelyard::package
