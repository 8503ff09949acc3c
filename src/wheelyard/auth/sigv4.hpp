#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/base/clock.hpp"

namespace wheelyard::auth {

/// A request as Signature Version 4 sees it
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
struct SigningInput {
  std::string method;
  std::string path;   ///< as it is sent: percent-encoded once, "/" at least
  std::string query;  ///< as it is sent, without "?"
  std::vector<std::pair<std::string, std::string>> headers;  ///< "host" must be among them
  std::string payload_hash;  ///< SHA-256 in hexadecimal, or "UNSIGNED-PAYLOAD"
};

struct SigningScope {
  std::string region;
  std::string service = "s3";
  /// Remove dot segments and empty segments from the path, as every service but S3 does.
  bool normalize_path = false;
  /// Percent-encode the path once more, as every service but S3 does.
  bool encode_path_twice = false;
  /// Add X-Amz-Security-Token after signing (a few services want it so).
  bool omit_session_token = false;
};

struct Signature {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;  ///< hexadecimal
  /// Headers to add: X-Amz-Date, Authorization and, with a token, X-Amz-Security-Token.
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Signs in the Authorization header. Pure: the time is passed in. All given headers are signed. Throws
/// `invalid_argument` without a "host" header.
Signature sign_headers(const SigningInput& input, const Credentials& credentials, const SigningScope& scope,
                       TimePoint time);

struct PresignedQuery {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;
  std::string query;  ///< the whole query of the signed URL, without "?"
};

/// Signs in the query string: a presigned URL, good for `expires` seconds from `time`. Throws
/// `invalid_argument` without a "host" header, and on a time of less than a second or more than seven days.
PresignedQuery sign_query(const SigningInput& input, const Credentials& credentials,
                          const SigningScope& scope, TimePoint time, std::chrono::seconds expires);

}  // namespace wheelyard::auth
