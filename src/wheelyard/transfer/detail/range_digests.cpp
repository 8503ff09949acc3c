#include "wheelyard/transfer/detail/range_digests.hpp"

#include <numeric>

#include "wheelyard/transfer/detail/content.hpp"

namespace wheelyard::transfer {
namespace {

/// Parts up to this size are read as the ranges; larger ones would leave threads without work.
constexpr std::uint64_t largest_range = 128u << 20;

/// Parts that are ranges of one plan: all alike, but for the last, which is not longer.
bool even(const std::vector<std::uint64_t>& sizes, std::uint64_t total) {
  if (sizes.empty() || sizes.front() == 0 || sizes.front() > largest_range) return false;
  const PartPlan plan{.size = total, .part_size = sizes.front()};
  if (plan.count() != sizes.size()) return false;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != plan.length(i)) return false;
  }
  return true;
}

}  // namespace

RangeDigests::RangeDigests(store::ObjectStore& store, const store::ObjectInfo& info,
                           const store::VendorHeaders& vendor, PartPlan& plan) {
  // The fastest that fits: a CRC of all bytes, a digest of the parts' digests, any digest of all bytes.
  for (const store::ObjectChecksum& kept : info.checksums) {
    if (kept.parts == 0 && can_combine(kept.algorithm)) {
      expected_ = kept;
      way_ = Way::combine;
      break;
    }
  }
  for (const store::ObjectChecksum& kept : info.checksums) {
    if (expected_ || kept.parts == 0) continue;
    for (const store::Part& part : store.parts_of(info.key, info.etag, vendor))
      part_sizes_.push_back(part.size);
    const std::uint64_t total = std::accumulate(part_sizes_.begin(), part_sizes_.end(), std::uint64_t{0});
    if (part_sizes_.size() != kept.parts || total != info.size) {
      part_sizes_.clear();
      continue;
    }
    expected_ = kept;
    way_ = even(part_sizes_, info.size) ? Way::parts : Way::read;
    if (way_ == Way::parts) plan.part_size = part_sizes_.front();
  }
  for (const store::ObjectChecksum& kept : info.checksums) {
    if (expected_ || kept.parts != 0) continue;
    expected_ = kept;
    way_ = Way::read;
  }
  plan_ = plan;
  digests_.resize(plan.count());
}

std::optional<ChecksumAlgorithm> RangeDigests::algorithm() const {
  if (way_ != Way::combine && way_ != Way::parts) return std::nullopt;
  return expected_->algorithm;
}

std::optional<bool> RangeDigests::fit() const {
  if (way_ == Way::none) return true;
  if (way_ == Way::read) return std::nullopt;
  if (way_ == Way::parts) {
    Checksum whole(expected_->algorithm);
    for (const std::string& digest : digests_) whole.update(digest);
    return whole.finish() == expected_->value;
  }
  std::string value = digests_.front();
  for (std::size_t i = 1; i < digests_.size(); ++i) {
    value = combine_checksums(expected_->algorithm, value, digests_[i], plan_.length(i));
  }
  return value == expected_->value;
}

bool RangeDigests::read_again(Context& context, const OpenFile& file) const {
  if (expected_->parts == 0) {
    return checksum_range(context, file, 0, plan_.size, expected_->algorithm) == expected_->value;
  }
  Checksum whole(expected_->algorithm);
  std::uint64_t offset = 0;
  for (const std::uint64_t size : part_sizes_) {
    whole.update(checksum_range(context, file, offset, size, expected_->algorithm));
    offset += size;
  }
  return whole.finish() == expected_->value;
}

}  // namespace wheelyard::transfer
