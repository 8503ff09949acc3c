#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wheelyard/auth/request_signer.hpp"
#include "wheelyard/base/checksum.hpp"
#include "wheelyard/base/xml.hpp"
#include "wheelyard/store/s3/s3_address.hpp"
#include "wheelyard/store/s3/s3_error.hpp"
#include "wheelyard/store/s3/s3_store.hpp"

namespace wheelyard::store::s3 {

/// One request to the bucket.
struct Call {
  std::string doing;       ///< for messages: "read", "list objects under"
  std::string permission;  ///< for hints: the action that must be allowed
  std::string method = "GET";
  std::string key;                                         ///< empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;  ///< not yet encoded
  http::Headers headers;
  SourcePtr body;
  bool retry_on_conflict = false;
  Address::Host host = Address::Host::fastest;
};

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query);
/// A header must not smuggle in another one: throws `invalid_argument`.
void check_headers(const http::Headers& headers, const std::string& target);

/// What came back: a success, whose body is still to be read, or an error that was read.
struct Answer {
  http::Response response;
  std::optional<ServerError> error;
  /// The request, or an earlier attempt of it, may have taken effect though this answer says otherwise.
  bool may_have_acted = false;
};

/// Sends signed requests to one bucket. Finds the bucket's region when the server names another, and renews
/// credentials that have run out, once each; asks MinIO again for a write that it denies. Thread-safe.
class Client {
 public:
  explicit Client(S3Options options);

  /// Throws http::TransportError where no answer came.
  Answer send(const Call& call);
  /// The same; every error that the server answers with is thrown.
  Answer require(const Call& call);
  Error error_for(const ServerError& error, const Call& call) const;

  /// The answer has to be XML with this root (empty: any), of at most 16 MiB: else Error `corrupted`. A
  /// document that tells of an error in spite of its status is returned in the answer's `error`.
  XmlNode read_document(Answer& answer, const Call& call, std::string_view root) const;
  /// Its two halves, for what is too large to be made a tree of.
  std::string read_text(Answer& answer, const Call& call) const;
  XmlNode parse_document(const std::string& body, Answer& answer, const Call& call,
                         std::string_view root) const;
  /// `corrupted`: an answer that is no S3 server's.
  Error refusal(const Answer& answer, const Call& call, const std::string& reason) const;

  std::string presign(const std::string& key, const PresignOptions& options) const;
  std::string describe(std::string_view key) const;
  const Address& address() const { return address_; }
  const S3Options& options() const { return options_; }
  std::string region() const;
  /// Whether nobody else can listen: TLS, or a server on this machine.
  bool is_private_line() const;

  /// The checksum that an upload is sent with, if any: the one that was asked for; none where the settings
  /// want none; CRC32C, or for servers that do not take its headers the older Content-MD5.
  std::optional<ChecksumAlgorithm> upload_checksum(const std::optional<ChecksumAlgorithm>& asked) const;
  /// Whether the server does not take checksum headers. It is remembered for `upload_checksum`.
  bool refuses_checksums(const ServerError& error);
  /// Whether checksums are asked for and checked in reading.
  bool checks_downloads() const { return options_.settings.response_checksums != "when_required"; }

 private:
  /// `credentials` are those that the last attempt was signed with.
  Answer send_once(const Call& call, const std::string& region,
                   std::shared_ptr<const auth::Credentials>& credentials);
  /// Whether it makes sense to send the same again, after having changed region or credentials.
  bool adapt(const ServerError& error, const std::string& signed_region,
             const std::shared_ptr<const auth::Credentials>& credentials);

  const S3Options options_;
  const Address address_;
  http::Client http_;
  auth::RequestSigner signer_;
  mutable std::mutex mutex_;
  std::string region_;
  std::atomic<bool> only_md5_ = false;
};

}  // namespace wheelyard::store::s3
