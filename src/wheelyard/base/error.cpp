#include "wheelyard/base/error.hpp"

#include <utility>

#include "wheelyard/base/text.hpp"

namespace wheelyard {
namespace {

/// Much of an error comes from servers and files: nothing of it may steer a terminal.
Error::Details cleaned(Error::Details details) {
  for (std::string* part : {&details.doing, &details.target, &details.reason, &details.hint}) {
    *part = printable(*part);
  }
  details.server_code = printable(details.server_code, 100);
  details.request_id = printable(details.request_id, 200);
  return details;
}

std::string compose(const Error::Details& details) {
  std::string message = "cannot " + details.doing;
  if (!details.target.empty()) message += " " + details.target;
  if (!details.reason.empty()) message += ": " + details.reason;
  std::string answer;
  if (details.http_status != 0) answer = "HTTP " + std::to_string(details.http_status);
  if (!details.server_code.empty()) answer += (answer.empty() ? "" : " ") + details.server_code;
  if (!details.request_id.empty())
    answer += (answer.empty() ? "request " : ", request ") + details.request_id;
  if (!answer.empty()) message += " (" + answer + ")";
  return message;
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::precondition_failed:
      return "precondition_failed";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::corrupted:
      return "corrupted";
    case ErrorCode::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error::Error(ErrorCode code, Details details)
    : code_(code), details_(cleaned(std::move(details))), message_(compose(details_)) {}

Error::Error(ErrorCode code, std::string doing, std::string target, std::string reason, std::string hint)
    : Error(code, Details{.doing = std::move(doing),
                          .target = std::move(target),
                          .reason = std::move(reason),
                          .hint = std::move(hint),
                          .http_status = 0,
                          .server_code = {},
                          .request_id = {}}) {}

Error Error::with_hint(std::string hint) const {
  Details details = details_;
  details.hint = std::move(hint);
  return Error(code_, std::move(details));
}

}  // namespace wheelyard
