#include "wheelyard/store/s3/s3_client.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_regions.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::string_view empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr std::uint64_t document_limit = 16u << 20;
/// Bodies up to here are digested for the signature where no TLS protects them: it costs microseconds.
constexpr std::uint64_t small_body = 4u << 10;
/// Before each further attempt where a folder was cleared: whoever is denied waits for no longer.
constexpr std::array folder_pauses{std::chrono::milliseconds(20), std::chrono::milliseconds(100)};

/// What is signed of the body. TLS protects it on its way, and the checksum that is sent with it shows
/// damage; to digest a large one for the signature as well is for those who ask for it.
std::string payload_hash(const SourcePtr& body, bool tls, bool always) {
  if (!body || body->size() == 0) return std::string(empty_hash);
  bool small = body->in_memory().data() != nullptr && body->size() <= small_body;
  return always || (small && !tls) ? sha256_hex(*body) : std::string(unsigned_payload);
}

/// MinIO answers a write so where it clears a folder that is empty, for a delete beside it, at the moment in
/// which the write needs it (minio/minio#5376). Nothing has been written then, and nobody was really denied.
bool may_be_a_cleared_folder(const Call& call, const Answer& answer) {
  return answer.error->status == 403 && answer.error->code == "AccessDenied" && !call.key.empty() &&
         (call.method == "PUT" || call.method == "POST") && answer.response.headers.get("Server") == "MinIO";
}

}  // namespace

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string text;
  if (query.empty()) return text;
  // In the order in which they are signed.
  auto sorted = query;
  std::ranges::sort(sorted);
  for (const auto& [name, value] : sorted) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

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

Client::Client(S3Options options)
    : options_(std::move(options)),
      address_(options_.bucket, options_.settings),
      http_(options_.http),
      region_(
          remembered_region(options_.settings.endpoint_url, options_.bucket).value_or(address_.region())) {}

std::string Client::region() const {
  std::lock_guard lock(mutex_);
  return region_;
}

Answer Client::send(const Call& call) {
  constexpr int adaptions = 2;  // one for the region, one for the credentials: a loop ends here
  auto pauses = folder_pauses.begin();
  bool may_have_acted = false;
  for (int adapted = 0;;) {
    std::string signed_region = region();
    std::shared_ptr<const auth::Credentials> credentials;
    Answer answer = send_once(call, signed_region, credentials);
    may_have_acted = answer.may_have_acted = answer.may_have_acted || may_have_acted;
    if (!answer.error) return answer;
    if (pauses != folder_pauses.end() && may_be_a_cleared_folder(call, answer)) {
      std::this_thread::sleep_for(*pauses++);
      continue;
    }
    if (adapted++ == adaptions || !adapt(*answer.error, signed_region, credentials)) return answer;
  }
}

bool Client::adapt(const ServerError& error, const std::string& signed_region,
                   const std::shared_ptr<const auth::Credentials>& credentials) {
  if (credentials && is_expired(error)) {
    options_.credentials->invalidate(*credentials);
    return true;
  }
  if (!is_wrong_region(error) || error.region.empty() || error.region == signed_region) return false;
  remember_region(options_.settings.endpoint_url, options_.bucket, error.region);
  std::lock_guard lock(mutex_);
  region_ = error.region;
  return true;
}

Answer Client::send_once(const Call& call, const std::string& signed_region,
                         std::shared_ptr<const auth::Credentials>& credentials) {
  http::Request request{.method = call.method, .url = address_.url(signed_region, call.key, call.host)};
  request.url.query = encode_query(call.query);
  request.headers = call.headers;
  check_headers(request.headers, describe(call.key));
  request.body = call.body;
  request.retry_on_conflict = call.retry_on_conflict;
  std::string hash;
  if (!options_.anonymous) {
    // Without credentials nothing is sent: this throws.
    credentials = options_.credentials->share();
    hash = payload_hash(call.body, request.url.scheme == "https", options_.settings.payload_signing);
    request.headers.set("x-amz-content-sha256", hash);
  }
  const std::string authority = request.url.authority();
  request.prepare = [this, &signed_region, &hash, &authority, &credentials](http::Request& attempt) {
    if (options_.anonymous) return;
    credentials = options_.credentials->share();
    auto added = signer_.sign({.method = attempt.method,
                               .path = attempt.url.path,
                               .query = attempt.url.query,
                               .authority = authority,
                               .headers = attempt.headers.fields(),
                               .payload_hash = hash,
                               .region = signed_region},
                              *credentials, options_.clock());
    for (auto& [name, value] : added) attempt.headers.add(std::move(name), std::move(value));
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
    if (!options_.anonymous) context.credentials_origin = options_.credentials->share()->origin;
  } catch (const Error&) {
    // They are gone by now; the server's answer is what counts.
  }
  return to_error(error, context);
}

Error Client::refusal(const Answer& answer, const Call& call, const std::string& reason) const {
  return Error(ErrorCode::corrupted, {.doing = call.doing,
                                      .target = describe(call.key),
                                      .reason = reason,
                                      .hint = "check that the endpoint speaks S3, and proxies on the way",
                                      .http_status = answer.response.status});
}

std::string Client::read_text(Answer& answer, const Call& call) const {
  try {
    return answer.response.read_body(document_limit);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable) throw;
    throw refusal(answer, call, "the server's answer cannot be used: " + error.details().reason);
  }
}

XmlNode Client::read_document(Answer& answer, const Call& call, std::string_view root) const {
  return parse_document(read_text(answer, call), answer, call, root);
}

XmlNode Client::parse_document(const std::string& body, Answer& answer, const Call& call,
                               std::string_view root) const {
  XmlNode document;
  try {
    document = parse_xml(body, "the server's answer");
  } catch (const Error& error) {
    throw refusal(answer, call,
                  "the server's answer is not the XML that it should be (" + error.details().reason + ")");
  }
  if (document.name == "Error") {
    answer.error = parse_error(body, answer.response);
  } else if (!root.empty() && document.name != root) {
    throw refusal(answer, call,
                  "the server's answer is a <" + printable(document.name, 40) + "> where a <" +
                      std::string(root) + "> should be");
  }
  return document;
}

bool Client::is_private_line() const {
  Url url = address_.url(region());
  return url.scheme == "https" || url.host == "localhost" || url.host == "::1" ||
         url.host.starts_with("127.");
}

std::optional<ChecksumAlgorithm> Client::upload_checksum(
    const std::optional<ChecksumAlgorithm>& asked) const {
  if (asked) return asked;
  if (options_.settings.request_checksums == "when_required") return std::nullopt;
  return only_md5_ ? ChecksumAlgorithm::md5 : ChecksumAlgorithm::crc32c;
}

bool Client::refuses_checksums(const ServerError& error) {
  bool status = error.status == 400 || error.status == 501;
  bool code = error.code == "NotImplemented" || error.code == "InvalidArgument" ||
              error.code == "UnsupportedArgument" || error.code == "InvalidRequest";
  std::string named = error.header.empty() ? to_lower(error.message) : error.header;
  if (!status || !code || named.find("checksum") == std::string::npos) return false;
  only_md5_ = true;
  return true;
}

std::string Client::describe(std::string_view key) const {
  return "s3://" + address_.bucket() + (key.empty() ? "" : "/") + std::string(key);
}

}  // namespace wheelyard::store::s3
