#include "wheelyard/store/s3/s3_client.hpp"

#include <algorithm>

#include "wheelyard/auth/sigv4.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::string_view empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr std::uint64_t document_limit = 16u << 20;
constexpr auto longest_presigned = std::chrono::hours(24 * 7);

/// What is signed of the body. Bytes in memory cost little to digest; a file would be read once more, which
/// only a connection without TLS needs.
std::string payload_hash(const SourcePtr& body, bool tls) {
  if (!body || body->size() == 0) return std::string(empty_hash);
  if (body->in_memory().data() != nullptr) return sha256_hex(body->in_memory());
  return tls ? std::string(unsigned_payload) : sha256_hex(*body);
}

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

/// A header must not smuggle in another one.
void check_headers(const http::Headers& headers, const std::string& target) {
  for (const auto& [name, value] : headers.fields()) {
    bool clean =
        std::ranges::all_of(value, [](unsigned char c) { return c >= 0x20 && c < 0x7f; }) &&
        std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
    if (!clean || name.empty()) {
      throw Error(ErrorCode::invalid_argument, "write", target,
                  "the header '" + printable(name, 80) + "' holds characters other than printable ASCII");
    }
  }
}

}  // namespace

Client::Client(S3Options options)
    : options_(std::move(options)),
      address_(options_.bucket, options_.settings),
      http_(options_.http),
      region_(options_.settings.region) {}

std::string Client::region() const {
  std::lock_guard lock(mutex_);
  return region_;
}

Answer Client::send(const Call& call) {
  constexpr int adaptions = 2;  // one for the region, one for the credentials
  bool may_have_acted = false;
  for (int adapted = 0;; ++adapted) {
    std::string signed_region = region();
    Answer answer = send_once(call, signed_region);
    may_have_acted = answer.may_have_acted = answer.may_have_acted || may_have_acted;
    if (!answer.error || adapted == adaptions || !adapt(*answer.error, signed_region)) return answer;
  }
}

bool Client::adapt(const ServerError& error, const std::string& signed_region) {
  if (is_expired(error)) {
    options_.credentials->invalidate();
    return true;
  }
  if (!is_wrong_region(error) || error.region.empty() || error.region == signed_region) return false;
  std::lock_guard lock(mutex_);
  region_ = error.region;
  return true;
}

Answer Client::send_once(const Call& call, const std::string& signed_region) {
  http::Request request{.method = call.method, .url = address_.url(signed_region, call.key)};
  request.url.query = encode_query(call.query);
  request.headers = call.headers;
  check_headers(request.headers, describe(call.key));
  request.body = call.body;
  request.retry_on_conflict = call.retry_on_conflict;
  // Without credentials nothing is sent: this throws.
  options_.credentials->get();
  std::string hash = payload_hash(call.body, request.url.scheme == "https");
  request.headers.set("x-amz-content-sha256", hash);
  request.prepare = [this, &signed_region, &hash](http::Request& attempt) {
    auth::SigningInput input{.method = attempt.method,
                             .path = attempt.url.path,
                             .query = attempt.url.query,
                             .headers = attempt.headers.fields(),
                             .payload_hash = hash};
    input.headers.emplace_back("host", attempt.url.authority());
    auto signature =
        auth::sign_headers(input, options_.credentials->get(), {.region = signed_region}, options_.clock());
    for (auto& [name, value] : signature.headers) attempt.headers.set(std::move(name), std::move(value));
  };
  Answer answer{.response = http_.send(request)};
  answer.may_have_acted = answer.response.earlier_attempt_may_have_acted;
  if (answer.response.status >= 200 && answer.response.status < 300) return answer;
  answer.may_have_acted = answer.may_have_acted || answer.response.status >= 500;
  answer.error = read_error(answer.response);
  return answer;
}

Answer Client::require(const Call& call) {
  Answer answer = send(call);
  if (answer.error) throw error_for(*answer.error, call);
  return answer;
}

Error Client::error_for(const ServerError& error, const Call& call) const {
  ErrorContext context{.doing = call.doing,
                       .target = describe(call.key),
                       .bucket = address_.bucket(),
                       .endpoint = options_.settings.endpoint_url,
                       .region = region(),
                       .permission = call.permission,
                       .now = options_.clock()};
  try {
    context.credentials_origin = options_.credentials->get().origin;
  } catch (const Error&) {
    // They are gone by now; the server's answer is what counts.
  }
  return to_error(error, context);
}

XmlNode Client::read_document(Answer& answer, const Call& call, std::string_view root) const {
  std::string target = describe(call.key);
  auto refuse = [&](const std::string& reason) {
    return Error(ErrorCode::corrupted, {.doing = call.doing,
                                        .target = target,
                                        .reason = reason,
                                        .hint = "check that the endpoint speaks S3, and proxies on the way",
                                        .http_status = answer.response.status});
  };
  std::string body;
  try {
    body = answer.response.read_body(document_limit);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable) throw;
    throw refuse("the server's answer cannot be used: " + error.details().reason);
  }
  XmlNode document;
  try {
    document = parse_xml(body, "the server's answer");
  } catch (const Error& error) {
    throw refuse("the server's answer is not the XML that it should be (" + error.details().reason + ")");
  }
  if (document.name == "Error") {
    answer.error = parse_error(body, answer.response);
  } else if (document.name != root) {
    throw refuse("the server's answer is a <" + printable(document.name, 40) + "> where a <" +
                 std::string(root) + "> should be");
  }
  return document;
}

std::string Client::presign(const std::string& key, std::chrono::seconds expires) const {
  if (expires.count() < 1 || expires > longest_presigned) {
    throw Error(ErrorCode::invalid_argument, "make a signed URL for", describe(key),
                "it must expire after 1 second to 7 days");
  }
  std::string signed_region = region();
  Url url = address_.url(signed_region, key);
  auth::SigningInput input{.method = "GET",
                           .path = url.path,
                           .query = {},
                           .headers = {{"host", url.authority()}},
                           .payload_hash = std::string(unsigned_payload)};
  url.query = auth::sign_query(input, options_.credentials->get(), {.region = signed_region},
                               options_.clock(), expires)
                  .query;
  return url.to_string();
}

std::string Client::describe(std::string_view key) const {
  return "s3://" + address_.bucket() + (key.empty() ? "" : "/") + std::string(key);
}

}  // namespace wheelyard::store::s3
