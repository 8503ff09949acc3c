#include "wheelyard/store/conditions.hpp"

#include <algorithm>

namespace wheelyard::store {

Error taken_error(const std::string& target) {
  return Error(ErrorCode::already_exists, "create", target, "an object with this name is there already");
}

Error changed_error(std::string doing, const std::string& target) {
  return Error(ErrorCode::precondition_failed, std::move(doing), target,
               "it was changed by somebody else in the meantime", "read it again and repeat the change");
}

Error absent_error(std::string doing, const std::string& target) {
  return Error(ErrorCode::not_found, std::move(doing), target, "there is no such object");
}

void check_conditions(const GetOptions& options, const std::string& etag, const std::string& target) {
  if (!options.if_match.empty() && options.if_match != etag) throw changed_error("read", target);
  if (!options.if_none_match.empty() && options.if_none_match == etag) {
    throw Error(ErrorCode::precondition_failed,
                {.doing = "read", .target = target, .reason = "it has not changed", .http_status = 304});
  }
}

ResolvedRange resolve_range(const std::optional<ByteRange>& range, std::uint64_t size,
                            const std::string& target) {
  if (!range || (range->offset == 0 && !range->length)) return {0, size};
  if (range->offset >= size || (range->length && *range->length == 0)) {
    throw Error(ErrorCode::invalid_argument, {.doing = "read",
                                              .target = target,
                                              .reason = "the range that was asked for lies outside of its " +
                                                        std::to_string(size) + " bytes",
                                              .http_status = 416});
  }
  std::uint64_t rest = size - range->offset;
  return {range->offset, std::min(rest, range->length.value_or(rest))};
}

void check_mode(const PutMode& mode, const std::optional<std::string>& current, const std::string& target) {
  if (mode.kind == PutMode::Kind::create && current) throw taken_error(target);
  if (mode.kind == PutMode::Kind::update && current != mode.etag) throw changed_error("replace", target);
}

void refuse_vendor_headers(const VendorHeaders& vendor, const std::string& doing, const std::string& target) {
  if (vendor.empty()) return;
  throw Error(ErrorCode::unsupported, doing, target,
              "this kind of store keeps no header '" + vendor.begin()->first + "'", "leave it out");
}

void check_replacement(const CopyOptions& options, const std::string& target) {
  if (!options.replace) return;
  if (options.replace->mode.kind != PutMode::Kind::overwrite) throw conditional_copy_error(target);
  refuse_vendor_headers(options.replace->vendor, "copy to", target);
}

Error conditional_copy_error(const std::string& target) {
  return Error(ErrorCode::invalid_argument, "copy to", target, "a copy overwrites: it takes no condition",
               "look for the target first, or put the bytes");
}

Error foreign_source_error(const ObjectStore& store, const ObjectStore& source) {
  return Error(ErrorCode::unsupported, "copy from", source.describe({}),
               "it cannot be copied from within " + store.describe({}), "copy through this machine");
}

std::string prefix_end(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace wheelyard::store
