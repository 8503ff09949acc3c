#include "wheelyard/transfer/detail/parts.hpp"

namespace wheelyard::transfer {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
/// Below twice of these nothing is cut: a request more costs more than it gains.
constexpr std::uint64_t upload_part = 16 * mebibyte;
constexpr std::uint64_t download_part = 16 * mebibyte;
/// Larger parts for what is very large: fewer requests, and what a break costs is still little.
constexpr std::uint64_t largest_chosen = 64 * mebibyte;
constexpr std::uint64_t chosen_parts = 1'000;
/// Ranges that a partial file keeps a record of.
constexpr std::uint64_t most_ranges = 100'000;

std::uint64_t choose(std::uint64_t size, std::uint64_t usual) {
  const std::uint64_t steps = (size / chosen_parts + usual - 1) / usual;
  return std::clamp(steps * usual, usual, largest_chosen);
}

/// `part`, or as much more as keeps the number of parts within bounds.
std::uint64_t at_least_for(std::uint64_t size, std::uint64_t parts, std::uint64_t part) {
  const std::uint64_t exact = (size + parts - 1) / parts;
  return exact <= part ? part : (exact + mebibyte - 1) / mebibyte * mebibyte;
}

}  // namespace

std::optional<PartPlan> plan_upload(std::uint64_t size, std::uint64_t wanted,
                                    const store::PartLimits& limits) {
  const std::uint64_t whole = std::min(wanted == 0 ? 2 * upload_part : wanted, limits.largest);
  if (size <= whole) return std::nullopt;
  std::uint64_t part = wanted == 0 ? choose(size, upload_part) : wanted;
  part = at_least_for(size, limits.most, std::max(part, limits.smallest));
  return PartPlan{.size = size, .part_size = std::min(part, limits.largest)};
}

std::optional<PartPlan> plan_download(std::uint64_t size, std::uint64_t wanted) {
  if (size <= (wanted == 0 ? 2 * download_part : wanted)) return std::nullopt;
  const std::uint64_t part = wanted == 0 ? choose(size, download_part) : wanted;
  return PartPlan{.size = size, .part_size = at_least_for(size, most_ranges, part)};
}

bool ItemPieces::run_piece(std::size_t index, Worker& worker) {
  try {
    piece(index, worker);
    return true;
  } catch (const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
    return false;
  }
}

void ItemPieces::finish(Worker&) {
  std::optional<Result> result;
  if (!failure_) {
    try {
      result = complete();
    } catch (const Error& error) {
      failure_ = error;
    }
  }
  if (result) return operation_->settle_item(item_, std::move(*result));
  const Error told = give_up(*failure_);
  if (options().if_absent && told.code() == ErrorCode::already_exists) {
    return operation_->settle_item(item_, Result::skipped("the target is there"));
  }
  operation_->fail(item_, told);
}

Error with_way_to_drop(const Error& error, const std::string& target) {
  return error.with_hint(
      (error.hint().empty() ? "" : error.hint() + "; ") +
      "an upload may have been begun all the same; to drop it: wheelyard rm --incomplete " + target);
}

std::unique_ptr<store::PartedUpload> begin_upload(store::ObjectStore& store, const std::string& key,
                                                  const store::PutOptions& options) {
  try {
    return store.begin_parts(key, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unavailable) throw;
    throw with_way_to_drop(error, store.describe(key));
  }
}

bool worth_resuming(const Error& error) {
  switch (error.code()) {
    case ErrorCode::unavailable:
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
    case ErrorCode::cancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace wheelyard::transfer
