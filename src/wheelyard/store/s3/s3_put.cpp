#include "wheelyard/store/s3/s3_put.hpp"

#include <algorithm>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_attributes.hpp"
#include "wheelyard/store/s3/s3_checksum.hpp"
#include "wheelyard/store/s3/s3_conditional.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::uint64_t largest_put = 5ull << 30;
constexpr std::uint64_t drained = 64 * 1024;
/// Bodies up to here are read once, into memory; larger ones once for their checksum and once to be sent.
constexpr std::uint64_t read_at_once = 256 * 1024;

/// Whether both streams give the same bytes to their ends.
bool same_bytes(Reader& left, Reader& right) {
  constexpr std::size_t chunk = 256 * 1024;
  auto fill = [](Reader& reader, std::vector<char>& buffer) {
    std::size_t used = 0;
    while (used < buffer.size()) {
      std::size_t count = reader.read(buffer.data() + used, buffer.size() - used);
      if (count == 0) break;
      used += count;
    }
    return used;
  };
  std::vector<char> a(chunk);
  std::vector<char> b(chunk);
  for (;;) {
    std::size_t in_a = fill(left, a);
    std::size_t in_b = fill(right, b);
    if (in_a != in_b || !std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(in_a), b.begin()))
      return false;
    if (in_a == 0) return true;
  }
}

/// One put and what became of it.
class Put {
 public:
  Put(Client& client, const std::string& key, const SourcePtr& body, const PutOptions& options)
      : client_(client),
        body_(upload_source(body)),
        mode_(options.mode),
        vendor_(options.vendor),
        asked_checksum_(options.checksum) {
    call_.doing = "write";
    call_.permission = options.acl.empty() ? "s3:PutObject" : "s3:PutObject and s3:PutObjectAcl";
    call_.method = "PUT";
    call_.key = key;
    call_.body = body_;
    set_attributes(call_, options, HeaderUse::write, client);
    set_condition(call_, mode_);
    // Without a condition too: versitygw says 409 while somebody removes the last object beside this one.
    call_.retry_on_conflict = true;
  }

  PutResult run() {
    if (body_->size() > largest_put) {
      throw Error(ErrorCode::unsupported, "write", target(),
                  "it is larger than the 5 GiB that one request may carry");
    }
    try {
      Answer answer = send_checked(client_, call_, asked_checksum_).answer;
      return answer.error ? resolve(answer) : accept(answer);
    } catch (const http::TransportError& error) {
      if (!conditional() || !error.may_have_acted()) throw;
      return look(error);
    }
  }

 private:
  bool conditional() const { return mode_.kind != PutMode::Kind::overwrite; }
  std::string target() const { return client_.describe(call_.key); }

  PutResult accept(Answer& answer) const {
    PutResult result{.etag = unquote_etag(answer.response.headers.get("etag"))};
    if (result.etag.empty()) {
      throw Error(ErrorCode::corrupted, "write", target(), "the server's answer holds no ETag",
                  "check that the endpoint speaks S3");
    }
    auto checksums = read_checksums(answer.response.headers);
    if (!checksums.empty()) result.checksum = std::move(checksums.front());
    answer.response.read_body(drained);
    return result;
  }

  PutResult resolve(const Answer& answer) {
    const ServerError& error = *answer.error;
    const Error told = upload_error(client_, error, call_);
    if (!conditional()) throw Error(told);
    // If-Match on an object that is gone is answered with 404 by Amazon.
    bool lost = error.status == 412 || error.code == "ConditionalRequestConflict" ||
                (mode_.kind == PutMode::Kind::update && is_absence(told));
    if (!lost && error.status == 501) {
      throw Error(ErrorCode::unsupported,
                  {.doing = "write",
                   .target = target(),
                   .reason = "the server has no conditional writes",
                   .hint = "use a server that has them: without, two writers lose each other's work",
                   .http_status = error.status,
                   .server_code = error.code,
                   .request_id = error.request_id});
    }
    const Error failure = lost ? lost_race(error, mode_, target(), "try again") : told;
    if (answer.may_have_acted) return look(failure);
    throw Error(failure);
  }

  /// What is there now decides; where it does not hold our bytes, `failure` is what is told.
  PutResult look(const Error& failure) {
    Call call{.doing = "read", .permission = "s3:GetObject", .key = call_.key};
    set_vendor_headers(call, vendor_, HeaderUse::read, client_, Misplaced::leave_out);
    try {
      Answer answer = client_.send(call);
      if (answer.error) return not_ours(client_.error_for(*answer.error, call), failure);
      std::string etag = unquote_etag(answer.response.headers.get("etag"));
      bool fits = answer.response.content_length == body_->size();
      if (fits && same_bytes(*answer.response.body, *body_->open())) return {.etag = etag};
      return other_bytes(etag, failure);
    } catch (const http::TransportError&) {
      throw unknown_outcome(failure);
    }
  }

  PutResult not_ours(const Error& seen, const Error& failure) {
    if (!is_absence(seen)) throw unknown_outcome(failure);
    if (mode_.kind == PutMode::Kind::update) throw changed_error("replace", target());
    throw failure;
  }

  PutResult other_bytes(const std::string& etag, const Error& failure) {
    if (mode_.kind == PutMode::Kind::create) throw taken_error(target());
    // Still what it was before: our write has not happened, and nobody else's.
    if (etag == mode_.etag && failure.code() != ErrorCode::precondition_failed) throw failure;
    throw changed_error("replace", target());
  }

  Client& client_;
  SourcePtr body_;
  PutMode mode_;
  VendorHeaders vendor_;
  std::optional<ChecksumAlgorithm> asked_checksum_;
  Call call_;
};

}  // namespace

SourcePtr upload_source(const SourcePtr& body) {
  if (!body) return bytes_source({});
  if (body->in_memory().data() != nullptr || body->size() > read_at_once) return body;
  auto reader = body->open();
  std::string bytes = read_all(*reader, body->size(), "the body");
  if (bytes.size() != body->size()) {
    throw Error(ErrorCode::corrupted, "read", "the body",
                "it ended early: its size changed while it was being read",
                "let whatever writes it finish, and try again");
  }
  return bytes_source(std::move(bytes));
}

CheckedAnswer send_checked(Client& client, Call& call, const std::optional<ChecksumAlgorithm>& asked) {
  for (;;) {
    auto algorithm = client.upload_checksum(asked);
    std::string value;
    if (algorithm) {
      value = checksum_of(*call.body, *algorithm);
      call.headers.set(checksum_header(*algorithm), to_base64(value));
      if (*algorithm != ChecksumAlgorithm::md5)
        call.headers.set("x-amz-sdk-checksum-algorithm", checksum_name(*algorithm));
    }
    CheckedAnswer result{.answer = client.send(call), .checksum = {}};
    bool old = result.answer.error && algorithm && *algorithm != ChecksumAlgorithm::md5 && !asked &&
               client.refuses_checksums(*result.answer.error);
    if (!old) {
      if (algorithm) result.checksum = {.algorithm = *algorithm, .value = std::move(value)};
      return result;
    }
    call.headers.remove(checksum_header(*algorithm));
    call.headers.remove("x-amz-sdk-checksum-algorithm");
  }
}

Error upload_error(const Client& client, const ServerError& error, const Call& call) {
  Error told = client.error_for(error, call);
  if (told.code() != ErrorCode::corrupted || !call.body || call.body->in_memory().data() != nullptr)
    return told;
  // It was read twice: for its checksum, then to be sent.
  Error::Details details = told.details();
  details.reason = "the file changed while it was being read, or its bytes were damaged on their way";
  details.hint = "let whatever writes the file finish, and try again";
  return Error(ErrorCode::corrupted, std::move(details));
}

PutResult put_object(Client& client, const std::string& key, const SourcePtr& body,
                     const PutOptions& options) {
  return Put(client, key, body, options).run();
}

}  // namespace wheelyard::store::s3
