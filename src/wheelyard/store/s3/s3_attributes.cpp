#include "wheelyard/store/s3/s3_attributes.hpp"

#include <algorithm>
#include <array>

#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::string_view metadata_mark = "x-amz-meta-";

/// Headers of the answer, not of the object, or told elsewhere in ObjectInfo.
bool is_of_the_object(std::string_view name) {
  constexpr std::array beginnings{"x-amz-checksum-", "x-amz-meta-"};
  constexpr std::array others{"x-amz-request-id",
                              "x-amz-id-2",
                              "x-amz-bucket-region",
                              "x-amz-storage-class",
                              "x-amz-request-charged",
                              "x-amz-missing-meta",
                              "x-amz-server-side-encryption-customer-key-md5"};
  return name.starts_with("x-amz-") &&
         std::ranges::none_of(beginnings, [&](auto* text) { return name.starts_with(text); }) &&
         std::ranges::none_of(others, [&](auto* text) { return name == text; });
}

}  // namespace

Error incomplete_answer(const std::string& target, const std::string& what) {
  return Error(ErrorCode::corrupted, "read", target, "the server's answer " + what,
               "check that the endpoint speaks S3, and proxies on the way");
}

bool has_attributes(const PutOptions& options) {
  return !options.content_type.empty() || !options.cache_control.empty() ||
         !options.content_encoding.empty() || !options.content_disposition.empty() ||
         !options.content_language.empty() || !options.expires.empty() || !options.metadata.empty();
}

void set_attributes(Call& call, const PutOptions& options, HeaderUse use, const Client& client) {
  auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) call.headers.set(name, value);
  };
  set("content-type", options.content_type);
  set("cache-control", options.cache_control);
  set("content-encoding", options.content_encoding);
  set("content-disposition", options.content_disposition);
  set("content-language", options.content_language);
  set("expires", options.expires);
  set_vendor_headers(call, options.vendor, use, client);
  set("x-amz-acl", options.acl);
  for (const auto& [name, value] : options.metadata) {
    if (std::ranges::any_of(value, is_control)) {
      throw Error(ErrorCode::invalid_argument, call.doing, client.describe(call.key),
                  "the metadata '" + printable(name, 80) + "' holds control characters");
    }
    call.headers.set(std::string(metadata_mark) + name, encode_metadata(value));
  }
}

VendorHeaders writable_headers(const ObjectInfo& info) {
  constexpr std::array names{"x-amz-website-redirect-location",
                             "x-amz-server-side-encryption",
                             "x-amz-server-side-encryption-aws-kms-key-id",
                             "x-amz-server-side-encryption-bucket-key-enabled",
                             "x-amz-object-lock-mode",
                             "x-amz-object-lock-retain-until-date",
                             "x-amz-object-lock-legal-hold"};
  VendorHeaders headers;
  for (const char* name : names) {
    if (auto found = info.vendor.find(name); found != info.vendor.end()) headers.insert(*found);
  }
  if (!info.storage_class.empty()) headers["x-amz-storage-class"] = info.storage_class;
  return headers;
}

ObjectInfo read_attributes(const std::string& key, const http::Response& response,
                           const std::string& target) {
  const http::Headers& headers = response.headers;
  ObjectInfo info{.key = key, .etag = unquote_etag(headers.get("etag"))};
  if (info.etag.empty()) throw incomplete_answer(target, "holds no ETag");
  if (!response.content_length) throw incomplete_answer(target, "holds no length");
  info.size = *response.content_length;
  auto modified = parse_http_date(headers.get("last-modified"));
  if (!modified) throw incomplete_answer(target, "holds no proper time of the last change");
  info.last_modified = *modified;
  info.content_type = headers.get("content-type");
  info.cache_control = headers.get("cache-control");
  info.content_encoding = headers.get("content-encoding");
  info.content_disposition = headers.get("content-disposition");
  info.content_language = headers.get("content-language");
  info.expires = headers.get("expires");
  info.storage_class = storage_class_of(headers.get("x-amz-storage-class"));
  info.checksums = read_checksums(headers);
  for (const auto& [name, value] : headers.fields()) {
    if (!starts_with_ignoring_case(name, "x-amz-")) continue;
    std::string lower = to_lower(name);
    if (lower.starts_with(metadata_mark)) {
      info.metadata[lower.substr(metadata_mark.size())] = decode_metadata(value);
    } else if (is_of_the_object(lower)) {
      info.vendor[lower] = value;
    }
  }
  return info;
}

}  // namespace wheelyard::store::s3
