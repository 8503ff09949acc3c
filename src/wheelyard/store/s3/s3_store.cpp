#include "wheelyard/store/s3/s3_store.hpp"

#include <algorithm>
#include <thread>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"
#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_client.hpp"
#include "wheelyard/store/s3/s3_delete.hpp"
#include "wheelyard/store/s3/s3_list.hpp"
#include "wheelyard/store/s3/s3_put.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store {
namespace {

using namespace s3;

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

Error incomplete_answer(const std::string& target, const std::string& what) {
  return Error(ErrorCode::corrupted, "read", target, "the server's answer " + what,
               "check that the endpoint speaks S3, and proxies on the way");
}

/// What the headers of a read tell of the object.
ObjectInfo info_of(const std::string& key, const http::Response& response, const std::string& target) {
  ObjectInfo info{.key = key, .etag = unquote_etag(response.headers.get("etag"))};
  if (info.etag.empty()) throw incomplete_answer(target, "holds no ETag");
  if (!response.content_length) throw incomplete_answer(target, "holds no length");
  info.size = *response.content_length;
  auto modified = parse_http_date(response.headers.get("last-modified"));
  if (!modified) throw incomplete_answer(target, "holds no proper time of the last change");
  info.last_modified = *modified;
  info.content_type = std::string(response.headers.get("content-type"));
  info.cache_control = std::string(response.headers.get("cache-control"));
  info.content_encoding = std::string(response.headers.get("content-encoding"));
  constexpr std::string_view mark = "x-amz-meta-";
  for (const auto& [name, value] : response.headers.fields()) {
    if (starts_with_ignoring_case(name, mark)) info.metadata[to_lower(name.substr(mark.size()))] = value;
  }
  return info;
}

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

class S3Store : public ObjectStore {
 public:
  explicit S3Store(S3Options options) : client_(std::make_shared<Client>(std::move(options))) {}

  PutResult put(const std::string& key, const SourcePtr& body, const PutOptions& options) override {
    check_key(key);
    return put_object(*client_, key, body, options);
  }

  GetResult get(const std::string& key, const GetOptions& options) override {
    check_key(key);
    std::string target = describe(key);
    Call call = read_call(key, "GET");
    bool partial = options.range && (options.range->offset > 0 || options.range->length);
    if (partial) {
      if (options.range->length == 0) resolve_range(options.range, 0, target);
      call.headers.set("range", range_header(*options.range));
    }
    if (!options.if_match.empty()) call.headers.set("if-match", quote_etag(options.if_match));
    if (!options.if_none_match.empty()) call.headers.set("if-none-match", quote_etag(options.if_none_match));
    Answer answer = client_->require(call);
    if (answer.response.status != (partial ? 206 : 200)) {
      throw incomplete_answer(
          target, "has status " + std::to_string(answer.response.status) + ", which does not fit");
    }
    GetResult result{.info = info_of(key, answer.response, target)};
    check_conditions(options, result.info.etag, target);
    result.length = result.info.size;
    if (partial) {
      ByteRange given = content_range(answer.response, target);
      result.offset = given.offset;
      result.info.size = *given.length;
      ResolvedRange wanted = resolve_range(options.range, result.info.size, target);
      if (wanted.offset != result.offset || wanted.length != result.length) {
        throw incomplete_answer(target, "gives another range than was asked for");
      }
    }
    result.body = std::make_unique<BodyReader>(std::move(answer.response));
    return result;
  }

  ObjectInfo head(const std::string& key) override {
    check_key(key);
    Call call = read_call(key, "HEAD");
    Answer answer = client_->send(call);
    if (!answer.error) return info_of(key, answer.response, describe(key));
    // An answer to HEAD has no body that would tell a missing bucket from a missing object, or why it was
    // refused.
    call.method = "GET";
    answer = client_->require(call);
    return info_of(key, answer.response, describe(key));
  }

  std::unique_ptr<Lister> list(const ListOptions& options) override { return list_objects(client_, options); }

  void remove(const std::string& key) override {
    check_key(key);
    delete_object(*client_, key);
  }

  void remove_many(std::span<const std::string> keys) override {
    for (const std::string& key : keys) check_key(key);
    delete_objects(*client_, keys);
  }

  PutResult copy(const std::string& from, const std::string& to, const CopyOptions& options) override {
    const std::string& if_match = options.if_match;
    check_key(from);
    check_key(to);
    Call call{.doing = "copy " + describe(from) + " to",
              .permission = "s3:GetObject and s3:PutObject",
              .method = "PUT",
              .key = to};
    call.headers.set("x-amz-copy-source",
                     "/" + client_->address().bucket() + "/" + percent_encode(from, "/"));
    if (!if_match.empty()) call.headers.set("x-amz-copy-source-if-match", quote_etag(if_match));
    for (int attempt = 1;; ++attempt) {
      Answer answer = client_->send(call);
      if (!answer.error) {
        // A copy that takes long begins with 200, and may still end with an error.
        XmlNode document = client_->read_document(answer, call, "CopyObjectResult");
        std::string etag = unquote_etag(document.child_text("ETag"));
        if (!answer.error && !etag.empty()) return {.etag = etag};
        if (!answer.error) throw incomplete_answer(describe(to), "holds no ETag");
        answer.error->status = 500;
        if (attempt < copy_attempts) {
          std::this_thread::sleep_for(std::chrono::milliseconds(100 * attempt));
          continue;
        }
      }
      if (answer.error->status == 412) throw changed_error("copy", describe(from));
      throw client_->error_for(*answer.error, call);
    }
  }

  std::string presign(const std::string& key, const PresignOptions& options) override {
    check_key(key);
    return client_->presign(key, options.expires);
  }

  std::string describe(std::string_view key) const override { return client_->describe(key); }

 private:
  static constexpr int copy_attempts = 3;

  static Call read_call(const std::string& key, std::string method) {
    return {.doing = "read", .permission = "s3:GetObject", .method = std::move(method), .key = key};
  }

  /// An empty key would be the bucket itself.
  void check_key(const std::string& key) const {
    constexpr std::size_t longest = 1024;
    if (!key.empty() && key.size() <= longest && key.find('\0') == std::string::npos) return;
    throw Error(ErrorCode::invalid_argument, "use the name", describe(printable(key, 80)),
                "a bucket keeps names of 1 to 1,024 bytes without NUL");
  }

  std::shared_ptr<Client> client_;
};

}  // namespace

std::shared_ptr<ObjectStore> make_s3_store(S3Options options) {
  return std::make_shared<S3Store>(std::move(options));
}

}  // namespace wheelyard::store
