#include "wheelyard/store/s3/s3_read.hpp"

#include <algorithm>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_text.hpp"
#include "wheelyard/store/s3/s3_verify.hpp"

namespace wheelyard::store::s3 {
namespace {

/// Keeps the answer, and with it the connection, for as long as its body is read.
class BodyReader : public Reader {
 public:
  explicit BodyReader(http::Response response) : response_(std::move(response)) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    return response_.body->read(buffer, capacity);
  }
  std::uint64_t copy_to(ByteSink& sink) override { return response_.body->copy_to(sink); }

 private:
  http::Response response_;
};

/// "bytes 3-6/10": the first and the whole size.
ByteRange content_range(const http::Response& response, const std::string& target) {
  std::string_view text = response.headers.get("content-range");
  auto dash = text.find('-');
  auto slash = text.find('/');
  constexpr std::string_view unit = "bytes ";
  if (text.starts_with(unit) && dash < slash && slash != std::string_view::npos) {
    auto first = parse_number(text.substr(unit.size(), dash - unit.size()));
    auto size = parse_number(text.substr(slash + 1));
    if (first && size) return {*first, size};
  }
  throw incomplete_answer(target, "holds no proper Content-Range");
}

std::string range_header(const ByteRange& range) {
  std::string text = "bytes=" + std::to_string(range.offset) + "-";
  if (range.length) text += std::to_string(range.offset + *range.length - 1);
  return text;
}

Call read_call(const Client& client, const std::string& key, std::string method,
               const VendorHeaders& vendor) {
  Call call{.doing = "read", .permission = "s3:GetObject", .method = std::move(method), .key = key};
  set_vendor_headers(call, vendor, HeaderUse::read, client);
  if (client.checks_downloads()) call.headers.set("x-amz-checksum-mode", "ENABLED");
  return call;
}

/// Whether the ETag of an object that was put in one piece is its MD5: not where the server encrypts with
/// keys of KMS or of the customer, nor in the buckets of S3 Express
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
bool has_md5(const Client& client, const ObjectInfo& info) {
  auto encryption = info.vendor.find("x-amz-server-side-encryption");
  return is_md5(info.etag) && (encryption == info.vendor.end() || encryption->second == "AES256") &&
         !info.vendor.contains("x-amz-server-side-encryption-customer-algorithm") &&
         !client.address().bucket().ends_with("--x-s3");
}

/// Where the server keeps no checksum, the ETag is one: the MD5 of the bytes, or of the parts' MD5s ("…-3").
/// Those of parts are not trusted where anything is encrypted: servers differ in what they digest then.
enum class EtagOf { bytes, bytes_or_parts };
void add_etag_digest(const Client& client, ObjectInfo& info, EtagOf kind) {
  if (!info.checksums.empty() || !client.checks_downloads()) return;
  if (has_md5(client, info)) {
    info.checksums.push_back({.algorithm = ChecksumAlgorithm::md5, .value = from_hex(info.etag)});
    return;
  }
  if (kind == EtagOf::bytes) return;
  constexpr std::size_t digits = 32;
  const std::string_view etag = info.etag;
  if (etag.size() < digits + 2 || etag[digits] != '-' || !is_md5(etag.substr(0, digits))) return;
  const auto parts = parse_number(etag.substr(digits + 1));
  if (!parts || *parts < 1 || *parts > 10'000 || client.address().bucket().ends_with("--x-s3")) return;
  for (const auto& header : info.vendor) {
    if (header.first.starts_with("x-amz-server-side-encryption")) return;
  }
  info.checksums.push_back({.algorithm = ChecksumAlgorithm::md5,
                            .value = from_hex(etag.substr(0, digits)),
                            .parts = static_cast<std::uint32_t>(*parts)});
}

std::unique_ptr<Reader> checked_body(Client& client, const GetOptions& options, const ObjectInfo& info,
                                     std::unique_ptr<Reader> body) {
  if (!options.verify || !client.checks_downloads()) return body;
  const std::string target = client.describe(info.key);
  for (const ObjectChecksum& checksum : info.checksums) {
    if (checksum.parts == 0) return verified(std::move(body), checksum, {}, target);
  }
  for (const ObjectChecksum& checksum : info.checksums) {
    auto parts = object_parts(client, info.key, info.etag, options.vendor);
    if (parts.size() == checksum.parts) return verified(std::move(body), checksum, parts, target);
  }
  return body;
}

struct PartHead {
  std::uint64_t offset = 0;
  std::uint32_t count = 0;
  Part part;
};

/// None where the server does not know parts, or has another state of the object.
std::optional<PartHead> head_part(Client& client, const std::string& key, const std::string& etag,
                                  std::uint32_t number, const VendorHeaders& vendor) {
  Call call = read_call(client, key, "HEAD", vendor);
  call.query.emplace_back("partNumber", std::to_string(number));
  call.headers.set("if-match", quote_etag(etag));
  Answer answer = client.send(call);
  if (answer.error || answer.response.status != 206 || !answer.response.content_length) return std::nullopt;
  auto count = parse_number(answer.response.headers.get("x-amz-mp-parts-count"));
  if (!count || *count < 1 || *count > 10'000) return std::nullopt;
  PartHead head{.offset = content_range(answer.response, client.describe(key)).offset,
                .count = static_cast<std::uint32_t>(*count),
                .part = {.number = number, .size = *answer.response.content_length}};
  auto checksums = read_checksums(answer.response.headers);
  if (!checksums.empty() && checksums.front().parts == 0) head.part.checksum = std::move(checksums.front());
  return head;
}

std::vector<Part> parts_by_head(Client& client, const std::string& key, const std::string& etag,
                                const VendorHeaders& vendor) {
  auto first = head_part(client, key, etag, 1, vendor);
  if (!first) return {};
  const std::uint32_t count = first->count;
  std::vector<Part> parts{first->part};
  if (count == 1) return parts;
  auto last = head_part(client, key, etag, count, vendor);
  if (!last) return {};
  // Writers make all parts but the last alike; where this one did not, each is asked for.
  const bool alike = last->offset == first->part.size * (count - 1);
  for (std::uint32_t number = 2; number < count; ++number) {
    if (alike && number > 2) {
      parts.push_back({.number = number, .size = first->part.size});
      continue;
    }
    auto between = head_part(client, key, etag, number, vendor);
    if (!between) return {};
    parts.push_back(std::move(between->part));
  }
  parts.push_back(std::move(last->part));
  return parts;
}

/// GetObjectAttributes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html).
std::vector<Part> parts_by_attributes(Client& client, const std::string& key, const std::string& etag,
                                      const VendorHeaders& vendor) {
  std::vector<Part> parts;
  std::string marker;
  for (;;) {
    Call call{.doing = "read the parts of",
              .permission = "s3:GetObjectAttributes",
              .key = key,
              .query = {{"attributes", ""}}};
    set_vendor_headers(call, vendor, HeaderUse::read, client);
    call.headers.set("x-amz-object-attributes", "ETag,Checksum,ObjectParts");
    if (!marker.empty()) call.headers.set("x-amz-part-number-marker", marker);
    Answer answer = client.send(call);
    if (answer.error) return {};
    XmlNode document = client.read_document(answer, call, {});
    const XmlNode* list = document.child("ObjectParts");
    if (answer.error || list == nullptr || unquote_etag(document.child_text("ETag")) != etag) return {};
    for (const XmlNode& node : list->children) {
      if (node.name != "Part") continue;
      auto number = parse_number(node.child_text("PartNumber"));
      auto size = parse_number(node.child_text("Size"));
      if (!number || !size || *number > 10'000) return {};
      parts.push_back(
          {.number = static_cast<std::uint32_t>(*number), .size = *size, .checksum = read_checksum(node)});
    }
    if (list->child_text("IsTruncated") != "true") return parts;
    std::string next(list->child_text("NextPartNumberMarker"));
    if (next.empty() || next == marker || parts.size() > 10'000) return {};
    marker = std::move(next);
  }
}

}  // namespace

bool is_for_reading(const std::string& name) {
  std::string lower = to_lower(name);
  return lower.starts_with("x-amz-server-side-encryption-customer-") || lower == "x-amz-request-payer" ||
         lower == "x-amz-expected-bucket-owner";
}

GetResult get_object(Client& client, const std::string& key, const GetOptions& options) {
  std::string target = client.describe(key);
  Call call = read_call(client, key, "GET", options.vendor);
  bool partial = options.range && (options.range->offset > 0 || options.range->length);
  if (partial) {
    if (options.range->length == 0) resolve_range(options.range, 0, target);
    call.headers.set("range", range_header(*options.range));
  }
  if (!options.if_match.empty()) call.headers.set("if-match", quote_etag(options.if_match));
  if (!options.if_none_match.empty()) call.headers.set("if-none-match", quote_etag(options.if_none_match));
  Answer answer = client.require(call);
  if (answer.response.status != (partial ? 206 : 200)) {
    throw incomplete_answer(target,
                            "has status " + std::to_string(answer.response.status) + ", which does not fit");
  }
  GetResult result{.info = read_attributes(key, answer.response, target)};
  check_conditions(options, result.info.etag, target);
  result.length = result.info.size;
  if (partial) {
    ByteRange given = content_range(answer.response, target);
    result.offset = given.offset;
    result.info.size = *given.length;
    ResolvedRange wanted = resolve_range(options.range, result.info.size, target);
    if (wanted.offset != result.offset || wanted.length != result.length)
      throw incomplete_answer(target, "gives another range than was asked for");
    // Servers differ in whether these are of the object or of a part that the range happens to be.
    result.info.checksums.clear();
  }
  result.body = std::make_unique<BodyReader>(std::move(answer.response));
  if (!partial) {
    // To check one of parts takes more requests: whoever reads what is large has looked at it before.
    add_etag_digest(client, result.info, EtagOf::bytes);
    result.body = checked_body(client, options, result.info, std::move(result.body));
  }
  return result;
}

ObjectInfo head_object(Client& client, const std::string& key, const VendorHeaders& vendor) {
  Call call = read_call(client, key, "HEAD", vendor);
  Answer answer = client.send(call);
  if (answer.error) {
    call.method = "GET";
    answer = client.require(call);
  }
  ObjectInfo info = read_attributes(key, answer.response, client.describe(key));
  add_etag_digest(client, info, EtagOf::bytes_or_parts);
  return info;
}

std::vector<Part> object_parts(Client& client, const std::string& key, const std::string& etag,
                               const VendorHeaders& vendor) {
  auto parts = parts_by_attributes(client, key, etag, vendor);
  return parts.empty() ? parts_by_head(client, key, etag, vendor) : parts;
}

}  // namespace wheelyard::store::s3
