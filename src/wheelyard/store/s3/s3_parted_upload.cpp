#include "wheelyard/store/s3/s3_parted_upload.hpp"

#include <algorithm>
#include <atomic>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_completion.hpp"
#include "wheelyard/store/s3/s3_copy.hpp"
#include "wheelyard/store/s3/s3_put.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::uint64_t drained = 64 * 1024;
constexpr std::size_t most_pages = 10'000;

class S3PartedUpload : public PartedUpload {
 public:
  S3PartedUpload(std::shared_ptr<Client> client, std::string key, std::string id, PutOptions options)
      : client_(std::move(client)), key_(std::move(key)), id_(std::move(id)), options_(std::move(options)) {}

  const std::string& id() const override { return id_; }

  Part put_part(std::uint32_t number, const SourcePtr& body) override {
    Call call = part_call("write part " + std::to_string(number) + " of", number);
    call.body = upload_source(body);
    if (call.body->size() > part_limits.largest) refuse(call, "the part is larger than 5 GiB");
    set_vendor_headers(call, options_.vendor, HeaderUse::part, *client_, Misplaced::leave_out);
    // A part's own checksum fits only where the upload was begun with one; MD5 always does.
    CheckedAnswer sent =
        send_checked(*client_, call, options_.copied_parts ? ChecksumAlgorithm::md5 : options_.checksum);
    if (sent.answer.error) throw upload_error(*client_, *sent.answer.error, call);
    Part part{.number = number,
              .size = call.body->size(),
              .etag = unquote_etag(sent.answer.response.headers.get("etag"))};
    if (part.etag.empty()) throw incomplete_answer(client_->describe(key_), "to a part holds no ETag");
    if (sent.checksum && sent.checksum->algorithm != ChecksumAlgorithm::md5) part.checksum = sent.checksum;
    sent.answer.response.read_body(drained);
    return part;
  }

  Part copy_part(std::uint32_t number, const std::string& from, const ByteRange& range,
                 const CopyOptions& options) override {
    if (!options_.copied_parts) {
      throw Error(ErrorCode::invalid_argument, "copy part " + std::to_string(number) + " of",
                  client_->describe(key_), "the upload was not begun for copied parts");
    }
    Call call = part_call("copy part " + std::to_string(number) + " of", number);
    if (!range.length || *range.length == 0) refuse(call, "a part is copied from a range with a length");
    set_vendor_headers(call, options_.vendor, HeaderUse::part_copy, *client_, Misplaced::leave_out);
    set_copy_source(call, *client_, from, options, HeaderUse::part_copy);
    call.headers.set("x-amz-copy-source-range", "bytes=" + std::to_string(range.offset) + "-" +
                                                    std::to_string(range.offset + *range.length - 1));
    XmlNode document = send_copy(*client_, call, "CopyPartResult", from, options);
    Part part{.number = number,
              .size = *range.length,
              .etag = unquote_etag(document.child_text("ETag")),
              .checksum = read_checksum(document)};
    if (part.etag.empty()) throw incomplete_answer(client_->describe(key_), "to a copied part holds no ETag");
    return part;
  }

  std::vector<Part> parts() override {
    std::vector<Part> all;
    std::string marker;
    for (std::size_t page = 0; page < most_pages; ++page) {
      Call call = upload_call("list the parts of", "GET");
      if (!marker.empty()) call.query.emplace_back("part-number-marker", marker);
      set_vendor_headers(call, options_.vendor, HeaderUse::part, *client_, Misplaced::leave_out);
      Answer answer = client_->require(call);
      XmlNode document = client_->read_document(answer, call, "ListPartsResult");
      if (answer.error) throw client_->error_for(*answer.error, call);
      for (const XmlNode& node : document.children) {
        if (node.name == "Part") all.push_back(read_part(node));
      }
      if (document.child_text("ChecksumType") == "FULL_OBJECT") combined_ = true;
      if (document.child_text("IsTruncated") != "true") return all;
      std::string next(document.child_text("NextPartNumberMarker"));
      if (next.empty() || next == marker) break;
      marker = std::move(next);
    }
    throw incomplete_answer(client_->describe(key_), "to a listing of parts does not end");
  }

  PutResult complete(const std::vector<Part>& parts) override {
    return complete_upload(
        *client_, {.key = key_, .id = id_, .options = options_, .parts = parts, .combined = combined_});
  }

  void abort() override {
    Call call = upload_call("abort the upload to", "DELETE");
    call.permission = "s3:AbortMultipartUpload";
    set_vendor_headers(call, payers(), HeaderUse::part, *client_, Misplaced::leave_out);
    Answer answer = client_->send(call);
    if (answer.error && answer.error->code != "NoSuchUpload") throw client_->error_for(*answer.error, call);
    if (!answer.error) answer.response.read_body(drained);
  }

  void set_combined(bool combined) { combined_ = combined; }

 private:
  Call upload_call(std::string doing, std::string method) const {
    return {.doing = std::move(doing),
            .permission = "s3:PutObject",
            .method = std::move(method),
            .key = key_,
            .query = {{"uploadId", id_}}};
  }

  Call part_call(std::string doing, std::uint32_t number) const {
    Call call = upload_call(std::move(doing), "PUT");
    if (number < 1 || number > part_limits.most) refuse(call, "parts have numbers from 1 to 10,000");
    call.query.insert(call.query.begin(), {"partNumber", std::to_string(number)});
    call.retry_on_conflict = true;
    return call;
  }

  [[noreturn]] void refuse(const Call& call, std::string reason) const {
    throw Error(ErrorCode::invalid_argument, call.doing, client_->describe(key_), std::move(reason));
  }

  Part read_part(const XmlNode& node) const {
    auto number = parse_number(node.child_text("PartNumber"));
    auto size = parse_number(node.child_text("Size"));
    if (!number || *number < 1 || *number > part_limits.most || !size)
      throw incomplete_answer(client_->describe(key_), "lists a part without a proper number or size");
    return {.number = static_cast<std::uint32_t>(*number),
            .size = *size,
            .etag = unquote_etag(node.child_text("ETag")),
            .checksum = read_checksum(node)};
  }

  /// An abortion takes no customer keys.
  VendorHeaders payers() const {
    VendorHeaders chosen;
    for (const char* name : {"x-amz-request-payer", "x-amz-expected-bucket-owner"}) {
      if (auto found = options_.vendor.find(name); found != options_.vendor.end()) chosen.insert(*found);
    }
    return chosen;
  }

  std::shared_ptr<Client> client_;
  const std::string key_;
  const std::string id_;
  const PutOptions options_;
  /// The object's checksum will be that of its bytes, made from those of the parts.
  std::atomic<bool> combined_ = false;
};

/// CreateMultipartUpload once, with or without a word on checksums.
Answer create(Client& client, Call call, std::optional<ChecksumAlgorithm> algorithm, bool full_object) {
  if (algorithm && *algorithm != ChecksumAlgorithm::md5) {
    call.headers.set("x-amz-checksum-algorithm", checksum_name(*algorithm));
    if (full_object && can_combine(*algorithm)) call.headers.set("x-amz-checksum-type", "FULL_OBJECT");
  }
  return client.send(call);
}

UnfinishedUpload read_upload(const XmlNode& node) {
  UnfinishedUpload upload{.id = std::string(node.child_text("UploadId"))};
  if (auto begun = parse_rfc3339(node.child_text("Initiated"))) upload.begun = *begun;
  return upload;
}

}  // namespace

std::unique_ptr<PartedUpload> begin_upload(std::shared_ptr<Client> client, const std::string& key,
                                           const PutOptions& options) {
  Call call{.doing = "begin an upload in parts to",
            .permission = "s3:PutObject",
            .method = "POST",
            .key = key,
            .query = {{"uploads", ""}}};
  set_attributes(call, options, HeaderUse::write, *client);
  auto algorithm = options.copied_parts ? std::nullopt : client->upload_checksum(options.checksum);
  Answer answer = create(*client, call, algorithm, true);
  // One that has no combined checksums may still keep one of the parts'.
  bool refused = answer.error && algorithm && can_combine(*algorithm) &&
                 (answer.error->header == "x-amz-checksum-type" || answer.error->status == 400) &&
                 to_lower(answer.error->message).find("checksum") != std::string::npos;
  if (refused) answer = create(*client, call, algorithm, false);
  if (answer.error && !options.checksum && client->refuses_checksums(*answer.error))
    answer = create(*client, call, std::nullopt, false);
  if (answer.error) throw client->error_for(*answer.error, call);
  XmlNode document = client->read_document(answer, call, "InitiateMultipartUploadResult");
  if (answer.error) throw client->error_for(*answer.error, call);
  std::string id(document.child_text("UploadId"));
  if (id.empty()) throw incomplete_answer(client->describe(key), "names no upload");
  bool combined = equals_ignoring_case(answer.response.headers.get("x-amz-checksum-type"), "FULL_OBJECT");
  auto upload = std::make_unique<S3PartedUpload>(std::move(client), key, std::move(id), options);
  upload->set_combined(combined);
  return upload;
}

std::unique_ptr<PartedUpload> resume_upload(std::shared_ptr<Client> client, const std::string& key,
                                            const std::string& id, const PutOptions& options) {
  if (id.empty() || std::ranges::any_of(id, is_control)) {
    throw Error(ErrorCode::invalid_argument, "go on with an upload to", client->describe(key),
                "'" + printable(id, 80) + "' is no upload's name");
  }
  return std::make_unique<S3PartedUpload>(std::move(client), key, id, options);
}

std::vector<UnfinishedUpload> list_uploads(Client& client, const std::string& prefix) {
  std::vector<UnfinishedUpload> all;
  std::string key_marker;
  std::string id_marker;
  for (std::size_t page = 0; page < most_pages; ++page) {
    Call call{.doing = "list the unfinished uploads of", .permission = "s3:ListBucketMultipartUploads"};
    call.query.emplace_back("encoding-type", "url");
    if (!key_marker.empty()) call.query.emplace_back("key-marker", key_marker);
    if (!prefix.empty()) call.query.emplace_back("prefix", prefix);
    if (!id_marker.empty()) call.query.emplace_back("upload-id-marker", id_marker);
    call.query.emplace_back("uploads", "");
    Answer answer = client.require(call);
    XmlNode document = client.read_document(answer, call, "ListMultipartUploadsResult");
    if (answer.error) throw client.error_for(*answer.error, call);
    bool encoded = document.child_text("EncodingType") == "url";
    for (const XmlNode& node : document.children) {
      if (node.name != "Upload") continue;
      UnfinishedUpload upload = read_upload(node);
      auto key = listed_name(node.child_text("Key"), encoded);
      if (!key || !key->starts_with(prefix) || upload.id.empty())
        throw incomplete_answer(client.describe(prefix),
                                "to a listing of uploads names none that was asked for");
      upload.key = std::move(*key);
      all.push_back(std::move(upload));
    }
    if (document.child_text("IsTruncated") != "true") {
      std::ranges::stable_sort(all, {},
                               [](const auto& upload) { return std::pair(upload.key, upload.begun); });
      return all;
    }
    auto next_key = listed_name(document.child_text("NextKeyMarker"), encoded);
    std::string next_id(document.child_text("NextUploadIdMarker"));
    if (!next_key || (*next_key == key_marker && next_id == id_marker)) break;
    key_marker = std::move(*next_key);
    id_marker = std::move(next_id);
  }
  throw incomplete_answer(client.describe(prefix), "to a listing of uploads does not end");
}

}  // namespace wheelyard::store::s3
