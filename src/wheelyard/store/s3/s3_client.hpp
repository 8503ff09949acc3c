#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
};

/// What came back: a success, whose body is still to be read, or an error that was read.
struct Answer {
  http::Response response;
  std::optional<ServerError> error;
  /// The request, or an earlier attempt of it, may have taken effect though this answer says otherwise.
  bool may_have_acted = false;
};

/// Sends signed requests to one bucket. Finds the bucket's region when the server names another, and renews
/// credentials that have run out, once each. Thread-safe.
class Client {
 public:
  explicit Client(S3Options options);

  /// Throws http::TransportError where no answer came.
  Answer send(const Call& call);
  /// The same; every error that the server answers with is thrown.
  Answer require(const Call& call);
  Error error_for(const ServerError& error, const Call& call) const;

  /// The answer has to be XML with this root, of at most 16 MiB: else Error `corrupted`. A document that
  /// tells of an error in spite of its status is returned in the answer's `error`.
  XmlNode read_document(Answer& answer, const Call& call, std::string_view root) const;

  std::string presign(const std::string& key, std::chrono::seconds expires) const;
  std::string describe(std::string_view key) const;
  const Address& address() const { return address_; }

 private:
  Answer send_once(const Call& call, const std::string& region);
  std::string region() const;
  /// Whether it makes sense to send the same again, after having changed region or credentials.
  bool adapt(const ServerError& error, const std::string& signed_region);

  const S3Options options_;
  const Address address_;
  http::Client http_;
  mutable std::mutex mutex_;
  std::string region_;
};

}  // namespace wheelyard::store::s3
