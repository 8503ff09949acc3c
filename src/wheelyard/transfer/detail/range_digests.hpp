#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/transfer/detail/local_source.hpp"
#include "wheelyard/transfer/detail/parts.hpp"

namespace wheelyard::transfer {

/// Checks an object that is read in ranges at once against what the store keeps of it: the ranges' digests
/// are put together where that can be done, else the whole is read once more at the end.
class RangeDigests {
 public:
  /// Asks the store for its parts where a checksum is of parts; `plan` may be changed to fit them.
  RangeDigests(store::ObjectStore& store, const store::ObjectInfo& info, const store::VendorHeaders& vendor,
               PartPlan& plan);

  /// Of an object that nothing is known of.
  explicit RangeDigests(const PartPlan& plan) : plan_(plan), digests_(plan.count()) {}

  /// What each range is to be digested with; none where that would not help.
  std::optional<ChecksumAlgorithm> algorithm() const;
  void set(std::size_t index, std::string digest) { digests_[index] = std::move(digest); }
  /// Whether the store keeps anything to compare with.
  bool checks() const { return expected_.has_value(); }
  /// Whether the ranges' digests together are what the store keeps. None: `read_again` has to tell.
  std::optional<bool> fit() const;
  /// Of a file that holds the whole.
  bool read_again(Context& context, const OpenFile& file) const;

 private:
  enum class Way { none, combine, parts, read };

  std::optional<store::ObjectChecksum> expected_;
  std::vector<std::uint64_t> part_sizes_;
  PartPlan plan_;
  Way way_ = Way::none;
  std::vector<std::string> digests_;
};

}  // namespace wheelyard::transfer
