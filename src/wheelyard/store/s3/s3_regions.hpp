#pragma once

#include <optional>
#include <string>

namespace wheelyard::store::s3 {

/// Where buckets turned out to be, for all stores of the process. Thread-safe.

/// The region that a server at `endpoint` ("" for Amazon's) named for the bucket.
std::optional<std::string> remembered_region(const std::string& endpoint, const std::string& bucket);
/// Keeps a thousand; others are found anew.
void remember_region(const std::string& endpoint, const std::string& bucket, const std::string& region);

}  // namespace wheelyard::store::s3
