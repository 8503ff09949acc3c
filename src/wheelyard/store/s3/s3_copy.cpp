#include "wheelyard/store/s3/s3_copy.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/worker_pool.hpp"
#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_parted_upload.hpp"
#include "wheelyard/store/s3/s3_read.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr int copy_attempts = 3;
/// Parts that one copy has under way: the work is the server's.
constexpr std::size_t parts_at_once = 8;
constexpr std::uint64_t usual_part = 512ull << 20;

Client& source_of(Client& own, const CopyOptions& options) {
  if (!options.source) return own;
  const auto* source = dynamic_cast<const CopySource*>(options.source.get());
  if (source == nullptr || !can_copy(own, source->source_client())) {
    throw Error(ErrorCode::unsupported, "copy from", options.source->describe({}),
                "the server of " + own.describe({}) + " cannot read it", "copy through this machine");
  }
  return source->source_client();
}

Error changed_source(const Client& source, const std::string& from) {
  return changed_error("copy", source.describe(from));
}

/// What a copy in parts takes over from its source, as CopyObject does by itself.
PutOptions attributes_of(const ObjectInfo& info) {
  return {.content_type = info.content_type,
          .cache_control = info.cache_control,
          .content_encoding = info.content_encoding,
          .metadata = info.metadata,
          .content_disposition = info.content_disposition,
          .content_language = info.content_language,
          .expires = info.expires};
}

/// The vendor's headers of a copy, those for reading its source under the names that a copy has for them.
VendorHeaders vendor_of(const CopyOptions& options) {
  constexpr std::string_view customer_key = "x-amz-server-side-encryption-customer";
  VendorHeaders vendor = options.vendor;
  for (const auto& [given, value] : options.source_vendor) {
    std::string name = to_lower(given);
    if (name.starts_with(customer_key)) name.insert(std::string_view("x-amz-").size(), "copy-source-");
    if (name == "x-amz-expected-bucket-owner") name = "x-amz-source-expected-bucket-owner";
    vendor.emplace(std::move(name), value);
  }
  return vendor;
}

/// The headers of reading that belong to a copy's source, under the names that reading has for them.
VendorHeaders for_reading_source(const VendorHeaders& vendor) {
  constexpr std::string_view mark = "x-amz-copy-source-server-side";
  VendorHeaders chosen;
  for (const auto& [given, value] : vendor) {
    std::string name = to_lower(given);
    if (name.starts_with(mark)) chosen.emplace("x-amz-server-side" + name.substr(mark.size()), value);
    if (name == "x-amz-request-payer") chosen.emplace(name, value);
    if (name == "x-amz-source-expected-bucket-owner") chosen.emplace("x-amz-expected-bucket-owner", value);
  }
  return chosen;
}

/// "a=1&b=2", as x-amz-tagging wants it; a copy in one piece takes the tags along by itself.
std::string tags_of(Client& source, const std::string& from, const VendorHeaders& vendor) {
  Call call{.doing = "read the tags of",
            .permission = "s3:GetObjectTagging",
            .key = from,
            .query = {{"tagging", ""}}};
  for (const char* name : {"x-amz-request-payer", "x-amz-expected-bucket-owner"}) {
    if (auto found = vendor.find(name); found != vendor.end()) call.headers.set(name, found->second);
  }
  Answer answer = source.send(call);
  if (answer.error && (answer.error->status == 501 || answer.error->status == 405)) return {};
  if (answer.error && answer.error->code == "NoSuchTagSet") return {};
  if (answer.error) throw source.error_for(*answer.error, call);
  XmlNode document = source.read_document(answer, call, "Tagging");
  if (answer.error) throw source.error_for(*answer.error, call);
  std::vector<std::pair<std::string, std::string>> tags;
  if (const XmlNode* set = document.child("TagSet")) {
    for (const XmlNode& tag : set->children)
      tags.emplace_back(tag.child_text("Key"), tag.child_text("Value"));
  }
  return encode_query(tags);
}

VendorHeaders for_parts(const VendorHeaders& vendor) {
  VendorHeaders chosen = vendor;
  std::erase_if(chosen,
                [](const auto& header) { return to_lower(header.first) == "x-amz-tagging-directive"; });
  return chosen;
}

bool is_of_source(const std::string& name) {
  std::string lower = to_lower(name);
  return lower.starts_with("x-amz-copy-source-") || lower == "x-amz-source-expected-bucket-owner";
}

PutResult copy_in_parts(const std::shared_ptr<Client>& client, const std::string& from, const std::string& to,
                        const CopyOptions& options, const ObjectInfo& info) {
  PutOptions attributes = options.replace ? *options.replace : attributes_of(info);
  attributes.copied_parts = true;
  const VendorHeaders all = vendor_of(options);
  VendorHeaders vendor = for_parts(all);
  if (!vendor.contains("x-amz-tagging") && !attributes.vendor.contains("x-amz-tagging")) {
    std::string tags = tags_of(source_of(*client, options), from, for_reading_source(all));
    if (!tags.empty()) vendor["x-amz-tagging"] = tags;
  }
  for (const auto& [name, value] : vendor) {
    if (!is_of_source(name)) attributes.vendor.emplace(name, value);
  }
  auto upload = begin_upload(client, to, attributes);
  std::uint64_t part_size = options.part_size == 0 ? usual_part : options.part_size;
  part_size = std::clamp(part_size, part_limits.smallest, part_limits.largest);
  part_size = std::max(part_size, (info.size + part_limits.most - 1) / part_limits.most);
  std::vector<Part> parts((info.size + part_size - 1) / part_size);
  CopyOptions part_options{.if_match = info.etag, .vendor = {}, .source = options.source};
  for (const auto& header : all) {
    if (is_of_source(header.first)) part_options.vendor.insert(header);
  }
  try {
    parallel_for(parts.size(), parts_at_once, [&](std::size_t index) {
      std::uint64_t offset = index * part_size;
      ByteRange range{.offset = offset, .length = std::min(part_size, info.size - offset)};
      parts[index] = upload->copy_part(static_cast<std::uint32_t>(index + 1), from, range, part_options);
    });
    return upload->complete(parts);
  } catch (...) {
    try {
      upload->abort();
    } catch (const Error&) {
      // It is listed among the unfinished ones; why the copy failed is what counts.
    }
    throw;
  }
}

}  // namespace

bool can_copy(const Client& client, const Client& source) {
  const S3Options& own = client.options();
  const S3Options& other = source.options();
  if (&client == &source) return true;
  if (own.settings.endpoint_url != other.settings.endpoint_url || own.anonymous != other.anonymous)
    return false;
  if (own.anonymous || own.credentials == other.credentials) return true;
  if (!own.identity.empty() && own.identity == other.identity) return true;
  try {
    return own.credentials->get().access_key_id == other.credentials->get().access_key_id;
  } catch (const Error&) {
    return false;
  }
}

void set_copy_source(Call& call, Client& client, const std::string& from, const CopyOptions& options,
                     HeaderUse use) {
  Client& source = source_of(client, options);
  call.headers.set("x-amz-copy-source", source.address().copy_source(from));
  if (!options.if_match.empty()) call.headers.set("x-amz-copy-source-if-match", quote_etag(options.if_match));
  set_vendor_headers(call, vendor_of(options), use, client);
}

XmlNode send_copy(Client& client, Call& call, std::string_view root, const std::string& from,
                  const CopyOptions& options) {
  for (int attempt = 1;; ++attempt) {
    Answer answer = client.send(call);
    if (!answer.error) {
      // A copy that takes long begins with 200, and may still end with an error.
      XmlNode document = client.read_document(answer, call, root);
      if (!answer.error) return document;
      if (answer.error->status < 300) answer.error->status = 500;
      if (attempt < copy_attempts) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100 * attempt));
        continue;
      }
    }
    if (answer.error->status == 412) throw changed_source(source_of(client, options), from);
    throw client.error_for(*answer.error, call);
  }
}

PutResult copy_object(const std::shared_ptr<Client>& client, const std::string& from, const std::string& to,
                      const CopyOptions& options) {
  Client& source = source_of(*client, options);
  if (options.replace && options.replace->mode.kind != PutMode::Kind::overwrite) {
    throw conditional_copy_error(client->describe(to));
  }
  if (options.part_size > 0) {
    // Where parts are asked for, the size decides; else the server is asked only when it refuses.
    ObjectInfo info = head_object(source, from, for_reading_source(vendor_of(options)));
    if (!options.if_match.empty() && info.etag != options.if_match) throw changed_source(source, from);
    if (info.size > options.part_size) return copy_in_parts(client, from, to, options, info);
  }
  Call call{.doing = "copy " + source.describe(from) + " to",
            .permission = "s3:GetObject and s3:PutObject",
            .method = "PUT",
            .key = to};
  if (options.replace) {
    set_attributes(call, *options.replace, HeaderUse::copy, *client);
    call.headers.set("x-amz-metadata-directive", "REPLACE");
    if (call.headers.find("x-amz-tagging")) call.headers.set("x-amz-tagging-directive", "REPLACE");
    if (options.replace->checksum && *options.replace->checksum != ChecksumAlgorithm::md5)
      call.headers.set("x-amz-checksum-algorithm", checksum_name(*options.replace->checksum));
  }
  set_copy_source(call, *client, from, options, HeaderUse::copy);
  call.retry_on_conflict = true;
  try {
    XmlNode document = send_copy(*client, call, "CopyObjectResult", from, options);
    PutResult result{.etag = unquote_etag(document.child_text("ETag")), .checksum = read_checksum(document)};
    if (result.etag.empty()) throw incomplete_answer(client->describe(to), "holds no ETag");
    return result;
  } catch (const Error& error) {
    // "The specified copy source is larger than the maximum allowable size": 5 GB.
    if (error.code() != ErrorCode::invalid_argument || error.details().http_status != 400) throw;
    ObjectInfo info = head_object(source, from, for_reading_source(vendor_of(options)));
    if (info.size <= part_limits.largest) throw;
    if (!options.if_match.empty() && info.etag != options.if_match) throw changed_source(source, from);
    return copy_in_parts(client, from, to, options, info);
  }
}

}  // namespace wheelyard::store::s3
