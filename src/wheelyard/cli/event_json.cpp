#include "wheelyard/cli/event_json.hpp"

#include "wheelyard/base/digest.hpp"
#include "wheelyard/cli/detail/json.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/transfer_words.hpp"

namespace wheelyard::cli {
namespace {

using detail::error_members;
using detail::Json;
using detail::line_text;
using detail::text_or_null;

Json time_or_null(TimePoint time) {
  return time == TimePoint{} ? Json(nullptr) : Json(to_rfc3339(time));
}

Json object_members(const store::ObjectInfo& info, std::string_view url) {
  return {{"event", "object"},
          {"url", url},
          {"key", info.key},
          {"size", info.size},
          {"last_modified", time_or_null(info.last_modified)},
          {"etag", text_or_null(info.etag)},
          {"storage_class", text_or_null(info.storage_class)}};
}

Json headers_of(const store::ObjectInfo& info) {
  Json headers = Json::object();
  const auto add = [&headers](const char* name, const std::string& value) {
    if (!value.empty()) headers[name] = value;
  };
  add("content-type", info.content_type);
  add("cache-control", info.cache_control);
  add("content-encoding", info.content_encoding);
  add("content-disposition", info.content_disposition);
  add("content-language", info.content_language);
  add("expires", info.expires);
  for (const auto& [name, value] : info.vendor) add(name.c_str(), value);
  return headers;
}

Json checksums_of(const store::ObjectInfo& info) {
  Json checksums = Json::array();
  for (const auto& checksum : info.checksums) {
    checksums.push_back({{"algorithm", to_string(checksum.algorithm)},
                         {"value", to_base64(checksum.value)},
                         {"parts", checksum.parts == 0 ? Json(nullptr) : Json(checksum.parts)}});
  }
  return checksums;
}

}  // namespace

std::string object_event(const store::ObjectInfo& info, std::string_view url) {
  return line_text(object_members(info, url));
}

std::string object_details_event(const store::ObjectInfo& info, std::string_view url) {
  Json event = object_members(info, url);
  event["headers"] = headers_of(info);
  event["metadata"] = info.metadata;
  event["checksums"] = checksums_of(info);
  return line_text(event);
}

std::string prefix_event(std::string_view key, std::string_view url) {
  return line_text({{"event", "prefix"}, {"url", url}, {"key", key}});
}

std::string bucket_event(const store::BucketInfo& bucket) {
  return line_text({{"event", "bucket"},
                    {"url", "s3://" + bucket.name},
                    {"name", bucket.name},
                    {"created", time_or_null(bucket.created)}});
}

std::string bucket_details_event(std::string_view url, std::string_view region) {
  return line_text({{"event", "bucket"}, {"url", url}, {"region", text_or_null(region)}});
}

std::string bucket_removed_event(std::string_view url) {
  return line_text({{"event", "bucket_removed"}, {"url", url}});
}

std::string unfinished_event(const store::UnfinishedUpload& upload, std::string_view url) {
  return line_text({{"event", "upload"},
                    {"url", url},
                    {"key", upload.key},
                    {"id", upload.id},
                    {"begun", time_or_null(upload.begun)}});
}

std::string usage_event(std::string_view url, std::uint64_t objects, std::uint64_t bytes) {
  return line_text({{"event", "usage"}, {"url", url}, {"objects", objects}, {"bytes", bytes}});
}

std::string listing_summary_event(std::uint64_t objects, std::uint64_t prefixes, std::uint64_t bytes) {
  return line_text({{"event", "summary"}, {"objects", objects}, {"prefixes", prefixes}, {"bytes", bytes}});
}

std::string item_event(const transfer::ItemEvent& item) {
  Json event{{"event", "item"},
             {"action", to_string(item.action)},
             {"outcome", to_string(item.outcome)},
             {"source", text_or_null(item.source)},
             {"target", text_or_null(item.target)},
             {"size", item.size},
             {"etag", text_or_null(item.etag)},
             {"moved", item.moved},
             {"reason", text_or_null(item.reason)}};
  event["error"] = item.error ? error_members(error_fields(*item.error)) : Json(nullptr);
  return line_text(event);
}

std::string transfer_summary_event(const transfer::TransferReport& report, double seconds, bool dry_run) {
  return line_text({{"event", "summary"},
                    {"done", report.done},
                    {"skipped", report.skipped},
                    {"failed", report.failed},
                    {"removed", report.removed},
                    {"bytes", report.bytes},
                    {"seconds", seconds},
                    {"dry_run", dry_run}});
}

std::string metadata_json(const store::ObjectInfo& info, std::string_view url) {
  return detail::document_text({{"url", url},
                                {"etag", text_or_null(info.etag)},
                                {"metadata", info.metadata},
                                {"headers", headers_of(info)}});
}

std::string presign_json(std::string_view signed_url, std::string_view url, std::string_view method,
                         TimePoint expires) {
  return detail::document_text(
      {{"url", signed_url}, {"object", url}, {"method", method}, {"expires", to_rfc3339(expires)}});
}

}  // namespace wheelyard::cli
