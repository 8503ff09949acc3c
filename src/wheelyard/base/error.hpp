#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace wheelyard {

/// What kind of failure it was. Callers branch on this and never on a message's text.
enum class ErrorCode {
  not_found,            ///< the object, bucket, project or file is not there (a 404 and nothing else)
  already_exists,       ///< something else holds the name
  precondition_failed,  ///< a conditional request met another state: a lost swap
  unauthenticated,      ///< no credentials, or the server does not accept them
  permission_denied,    ///< credentials are good, but not for this
  invalid_argument,     ///< what the caller gave cannot be right
  unsupported,          ///< this store or file format cannot do it
  unavailable,          ///< network, time-out, 5xx, throttling, disk: may go well later
  corrupted,            ///< bytes are not what they should be
  cancelled,            ///< the caller asked to stop
};

/// The code's name as it stands in JSON output: "not_found", "permission_denied", ...
std::string_view to_string(ErrorCode code);

/// The one exception type of the library.
///
/// `what()` is a full sentence: "cannot <doing> <target>: <reason> (HTTP 403 AccessDenied, request 4Xc)".
/// The hint, what to do next, is separate: programs print it on a line of its own.
/// No part ever holds a secret: targets are URLs without user info and without a signed query.
class Error : public std::exception {
 public:
  struct Details {
    std::string doing;        ///< a verb phrase: "read", "publish", "list objects under"
    std::string target;       ///< on what: a URL, a path, a name
    std::string reason;       ///< why, in words
    std::string hint;         ///< what to do next; may be empty
    int http_status = 0;      ///< the server's status; 0 where there was no answer
    std::string server_code;  ///< the server's own code, as "NoSuchBucket"
    std::string request_id;   ///< the server's id of the request
  };

  Error(ErrorCode code, Details details);
  Error(ErrorCode code, std::string doing, std::string target, std::string reason, std::string hint = {});

  ErrorCode code() const noexcept { return code_; }
  const Details& details() const noexcept { return details_; }
  const std::string& hint() const noexcept { return details_.hint; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// The same error with another hint: for callers that know better what to do next.
  Error with_hint(std::string hint) const;

 private:
  ErrorCode code_;
  Details details_;
  std::string message_;
};

}  // namespace wheelyard
