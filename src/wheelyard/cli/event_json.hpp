#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/store/open_store.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

/// The events of verbs that print a line each (https://jsonlines.org): a member "event" says which it is.

/// An object of a listing: "object".
std::string object_event(const store::ObjectInfo& info, std::string_view url);
/// All that is known of an object: "object" with headers, metadata and checksums.
std::string object_details_event(const store::ObjectInfo& info, std::string_view url);
/// What many keys begin with, as a folder: "prefix".
std::string prefix_event(std::string_view key, std::string_view url);
std::string bucket_event(const store::BucketInfo& bucket);
std::string bucket_details_event(std::string_view url, std::string_view region);
std::string bucket_removed_event(std::string_view url);
/// An upload that was begun and not ended: "upload".
std::string unfinished_event(const store::UnfinishedUpload& upload, std::string_view url);
/// The sum of what is below: "usage".
std::string usage_event(std::string_view url, std::uint64_t objects, std::uint64_t bytes);
/// The last line of a listing.
std::string listing_summary_event(std::uint64_t objects, std::uint64_t prefixes, std::uint64_t bytes);

/// "item", of a transfer.
std::string item_event(const transfer::ItemEvent& item);
/// The last line of a transfer.
std::string transfer_summary_event(const transfer::TransferReport& report, double seconds, bool dry_run);

/// The documents of `meta` and `presign`.
std::string metadata_json(const store::ObjectInfo& info, std::string_view url);
std::string presign_json(std::string_view signed_url, std::string_view url, std::string_view method,
                         TimePoint expires);

}  // namespace wheelyard::cli
