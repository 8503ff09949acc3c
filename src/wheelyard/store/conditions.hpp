#pragma once

#include <cstdint>
#include <string>

#include "wheelyard/store/object_store.hpp"

namespace wheelyard::store {

/// What every backend that keeps its objects itself checks the same way.

/// Throws `precondition_failed` where `if_match` or `if_none_match` (then with http_status 304) does not
/// hold.
void check_conditions(const GetOptions& options, const std::string& etag, const std::string& target);

struct ResolvedRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The part of an object of `size` bytes that a range names, cut at its end. Throws `invalid_argument` (with
/// http_status 416) for a range that is empty or begins at or behind the end.
ResolvedRange resolve_range(const std::optional<ByteRange>& range, std::uint64_t size,
                            const std::string& target);

/// Throws `already_exists` or `precondition_failed` unless the mode allows to replace what is there now
/// (`current`: its ETag, none where the key is free).
void check_mode(const PutMode& mode, const std::optional<std::string>& current, const std::string& target);

/// The errors of a lost race, worded alike by every backend.
Error taken_error(const std::string& target);
Error changed_error(std::string doing, const std::string& target);
Error absent_error(std::string doing, const std::string& target);

/// For stores that have no headers of their own: throws `unsupported` for any.
void refuse_vendor_headers(const VendorHeaders& vendor, const std::string& doing, const std::string& target);

/// What a copy may not be: throws `invalid_argument` for a condition on the target, `unsupported` for
/// vendor's headers in its new attributes.
void check_replacement(const CopyOptions& options, const std::string& target);
Error conditional_copy_error(const std::string& target);
/// A source that `store` cannot copy from.
Error foreign_source_error(const ObjectStore& store, const ObjectStore& source);

/// The smallest string that sorts behind every string that begins with `prefix`; empty where there is none.
std::string prefix_end(std::string prefix);

}  // namespace wheelyard::store
