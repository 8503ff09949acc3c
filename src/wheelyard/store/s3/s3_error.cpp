#include "wheelyard/store/s3/s3_error.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::uint64_t body_limit = 64 * 1024;
constexpr std::size_t shown_message = 300;

std::string safe_region(std::string_view text) {
  bool good = !text.empty() && text.size() <= 40 &&
              std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; });
  return good ? std::string(text) : std::string();
}

/// The region in "bucket.s3.eu-central-1.amazonaws.com" or "bucket.s3-eu-central-1.amazonaws.com".
std::string region_of_host(std::string_view host) {
  for (std::string_view mark : {"s3.", "s3-"}) {
    std::size_t begin = host.starts_with(mark) ? 0 : host.find("." + std::string(mark));
    if (begin == std::string_view::npos) continue;
    host.remove_prefix(host.find(mark, begin) + mark.size());
    std::string_view region = host.substr(0, host.find('.'));
    return region == "amazonaws" ? "us-east-1" : safe_region(region);
  }
  return {};
}

std::string span_text(std::chrono::seconds span) {
  auto whole = span.count();
  if (whole < 120) return std::to_string(whole) + " seconds";
  if (whole < 7200) return std::to_string(whole / 60) + " minutes";
  if (whole < 172'800) return std::to_string(whole / 3600) + " hours";
  return std::to_string(whole / 86'400) + " days";
}

/// One kind of answer: what it is to callers, in our words, and what to do next.
struct Explanation {
  ErrorCode code;
  std::string reason;
  std::string hint;
};

std::string from_origin(const ErrorContext& context) {
  return context.credentials_origin.empty() ? "" : " (they come from: " + context.credentials_origin + ")";
}

Explanation clock_skew(const ServerError& error, const ErrorContext& context) {
  auto theirs = parse_rfc3339(error.server_time);
  if (!theirs) theirs = parse_http_date(error.server_time);
  std::string reason = "the clocks of this machine and of the server are too far apart";
  if (theirs) {
    auto apart = std::chrono::duration_cast<std::chrono::seconds>(context.now - *theirs);
    reason = "the clock of this machine is " + span_text(std::chrono::abs(apart)) +
             (apart.count() < 0 ? " behind" : " ahead of") + " the server's";
  }
  return {ErrorCode::unauthenticated, reason, "set the clock (timedatectl set-ntp true), and try again"};
}

Explanation no_bucket(const ErrorContext& context) {
  const std::string endpoint = context.endpoint.empty() ? "" : " --endpoint-url " + context.endpoint;
  return {ErrorCode::not_found, "there is no bucket '" + context.bucket + "'",
          "check the name, or make it: wheelyard mb s3://" + context.bucket + endpoint};
}

Explanation wrong_region(const ServerError& error, const ErrorContext& context) {
  if (error.region.empty() || error.region == context.region) {
    return {ErrorCode::invalid_argument, "the bucket is in another region than '" + context.region + "'",
            "name the bucket's region with --region or AWS_REGION"};
  }
  return {
      ErrorCode::invalid_argument,
      "the bucket is in region '" + error.region + "', and the request was made for '" + context.region + "'",
      "use --region " + error.region + ", or set AWS_REGION=" + error.region};
}

Explanation denied(const ErrorContext& context) {
  std::string hint = "allow " + context.permission + " on " + context.target + " for these credentials";
  if (context.permission == "s3:GetObject") {
    hint +=
        "; allow s3:ListBucket on the bucket as well: without it the server answers like this for objects "
        "that do not exist";
  }
  return {ErrorCode::permission_denied, "these credentials are not allowed to" + from_origin(context), hint};
}

using Explain = std::function<Explanation(const ServerError&, const ErrorContext&)>;

Explain fixed(ErrorCode code, const std::string& reason, const std::string& hint = {}) {
  return [=](const ServerError&, const ErrorContext&) { return Explanation{code, reason, hint}; };
}

struct Rule {
  std::string_view server_code;
  Explain explain;
};

const std::vector<Rule>& rules() {
  using enum ErrorCode;
  static const Explain unknown_key = [](const ServerError&, const ErrorContext& context) {
    return Explanation{
        unauthenticated, "the server does not know this access key" + from_origin(context),
        "check the access key id (AWS_ACCESS_KEY_ID or the profile), and whether it belongs to "
        "this endpoint"};
  };
  static const Explain expired = [](const ServerError&, const ErrorContext& context) {
    return Explanation{unauthenticated,
                       "the session token has expired or is not accepted" + from_origin(context),
                       "get new credentials (aws sso login, or whatever hands them out), and try again"};
  };
  static const Explain region = wrong_region;
  static const Explain bucket = [](const ServerError&, const ErrorContext& context) {
    return no_bucket(context);
  };
  static const Explain denial = [](const ServerError&, const ErrorContext& context) {
    return denied(context);
  };
  static const Explain throttled =
      fixed(unavailable, "the server asks for fewer requests", "wait a moment, and try again");
  static const Explain damaged =
      fixed(corrupted, "the bytes arrived at the server otherwise than they were sent", "try again");
  static const Explain full =
      fixed(unavailable, "the server has no room left", "free some space, or raise the quota");
  static const Explain nested =
      fixed(unsupported, "this server cannot keep an object of one name beside others below that name");
  static const std::vector<Rule> all{
      {"InvalidAccessKeyId", unknown_key},
      {"XAdminUserNotFound", unknown_key},  // versitygw, with status 404
      {"SignatureDoesNotMatch",
       [](const ServerError&, const ErrorContext& context) {
         return Explanation{
             unauthenticated, "the signature is not accepted: the secret key is wrong" + from_origin(context),
             "check the secret access key (AWS_SECRET_ACCESS_KEY or the profile); it belongs to the "
             "access key id"};
       }},
      {"RequestTimeTooSkewed", clock_skew},
      {"ExpiredToken", expired},
      {"ExpiredTokenException", expired},
      {"TokenRefreshRequired", expired},
      {"InvalidToken", expired},
      {"InvalidTokenId", expired},  // MinIO
      {"AuthorizationHeaderMalformed", region},
      {"PermanentRedirect", region},
      {"TemporaryRedirect", region},
      {"Redirect", region},
      {"IllegalLocationConstraintException", region},
      {"InvalidRegion", region},
      {"NoSuchBucket", bucket},
      {"InvalidBucketName",
       fixed(invalid_argument, "the server does not take this bucket name", "check the name")},
      {"NoSuchUpload",
       fixed(not_found, "there is no such upload: it was completed or aborted", "begin it anew")},
      {"NoSuchKey", fixed(not_found, "there is no such object")},
      {"AccessDenied", denial},
      {"AllAccessDisabled", denial},
      {"AccountProblem",
       fixed(permission_denied, "the account behind these credentials is suspended or limited")},
      {"AccessControlListNotSupported", fixed(unsupported, "the bucket takes no ACLs",
                                              "leave the ACL out; the bucket's policy decides who may read")},
      {"InvalidObjectState",
       fixed(unavailable, "the object is in an archive class and cannot be read", "restore it first")},
      {"SlowDown", throttled},
      {"TooManyRequests", throttled},
      {"Throttling", throttled},
      {"RequestLimitExceeded", throttled},
      {"EntityTooLarge", fixed(invalid_argument, "the body is larger than the server takes in one request")},
      {"KeyTooLongError", fixed(invalid_argument, "the name is too long for the server")},
      {"BadDigest", damaged},
      {"InvalidDigest", damaged},
      {"XAmzContentChecksumMismatch", damaged},  // MinIO
      {"XAmzContentSHA256Mismatch", damaged},
      {"XMinioStorageFull", full},
      {"QuotaExceeded", full},
      {"ConditionalRequestConflict", fixed(precondition_failed, "others change it at the same time",
                                           "read it again and repeat the change")},
      {"ObjectParentIsFile", nested},
      {"ExistingObjectIsDirectory", nested},
      {"XMinioParentIsObject", nested},
      {"XMinioObjectExistsAsDirectory", nested},
      {"OperationAborted", fixed(unavailable, "another operation on it is under way", "try again")},
  };
  return all;
}

std::string with_message(const std::string& reason, const ServerError& error) {
  return error.message.empty() ? reason : reason + ": " + error.message;
}

Explanation explain_status(const ServerError& error, const ErrorContext& context) {
  using enum ErrorCode;
  if (error.foreign && (error.status == 404 || error.status >= 500 || error.status < 400)) {
    return {unavailable,
            "the answer does not come from an object store but from something else at that address",
            "check the endpoint" + (context.endpoint.empty() ? "" : " " + context.endpoint) +
                ", and proxies on the way"};
  }
  if (error.status == 304 || error.status == 412) {
    return {precondition_failed,
            error.status == 304 ? "it has not changed" : "it was changed by somebody else", ""};
  }
  if (error.status >= 300 && error.status < 400) {
    if (!error.region.empty()) return wrong_region(error, context);
    return {invalid_argument, "the server sends us elsewhere", "check the endpoint and the region"};
  }
  switch (error.status) {
    case 401:
      return {unauthenticated, with_message("the server does not accept these credentials", error),
              "check the access key and the secret" + from_origin(context)};
    case 403: {
      Explanation result = denied(context);
      result.reason = with_message(result.reason, error);
      return result;
    }
    case 404:
      // Of a document, only the codes for it say that an object is absent.
      if (error.code.empty() || error.code == "NotFound") return {not_found, "there is no such object", ""};
      return {unavailable, with_message("the server does not find what was asked for", error), ""};
    case 405:
    case 501:
      return {unsupported, with_message("the server cannot do this", error), "check the endpoint"};
    case 413:
      return {invalid_argument, "the body is larger than the server takes in one request", ""};
    case 416:
      return {invalid_argument, "the range that was asked for lies outside of it", ""};
    case 429:
      return {unavailable, "the server asks for fewer requests", "wait a moment, and try again"};
    default:
      break;
  }
  if (error.status >= 500) {
    return {unavailable, with_message("the server failed", error),
            "try again; if it stays, look at the server"};
  }
  return {error.status >= 400 ? invalid_argument : unavailable,
          with_message("the server does not accept the request", error), ""};
}

/// A message that repeats headers of the request may repeat a secret among them, and is not shown.
std::string shown(std::string_view message) {
  const std::string lower = to_lower(message);
  for (std::string_view header : {"authorization", "x-amz-security-token", "customer-key"}) {
    const std::size_t found = lower.find(header);
    if (found == std::string::npos) continue;
    const std::size_t next = lower.find_first_not_of(" \"'", found + header.size());
    if (next != std::string::npos && (lower[next] == ':' || lower[next] == '=')) {
      return "(its message holds what was sent, and is not shown)";
    }
  }
  return printable(message, shown_message);
}

}  // namespace

ServerError parse_error(std::string_view body, const http::Response& response) {
  ServerError error{.status = response.status};
  error.region = safe_region(response.headers.get("x-amz-bucket-region"));
  error.request_id = printable(response.headers.get("x-amz-request-id"), 100);
  error.server_time = std::string(response.headers.get("date"));
  if (trim(body).empty()) return error;
  try {
    XmlNode document = parse_xml(body, "the server's answer");
    if (document.name != "Error")
      throw Error(ErrorCode::corrupted, "read", "the answer", "it is no error document");
    error.code = printable(document.child_text("Code"), 80);
    error.message = shown(document.child_text("Message"));
    for (std::string_view name : {"Header", "ArgumentName"}) {
      if (error.header.empty()) error.header = to_lower(printable(document.child_text(name), 100));
    }
    if (error.region.empty()) error.region = safe_region(document.child_text("Region"));
    if (error.region.empty()) error.region = region_of_host(document.child_text("Endpoint"));
    if (error.request_id.empty()) error.request_id = printable(document.child_text("RequestId"), 100);
    if (auto time = document.child_text("ServerTime"); !time.empty()) error.server_time = std::string(time);
  } catch (const Error&) {
    error.foreign = true;
  }
  return error;
}

ServerError read_error(http::Response& response) {
  try {
    return parse_error(response.read_body(body_limit), response);
  } catch (const Error&) {
    // Too long, or broken off: what it said is not known, and so it is never taken for "absent".
    ServerError error = parse_error({}, response);
    error.foreign = true;
    return error;
  }
}

bool is_wrong_region(const ServerError& error) {
  for (std::string_view code : {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect",
                                "Redirect", "IllegalLocationConstraintException", "InvalidRegion"}) {
    if (error.code == code) return true;
  }
  // HEAD: no body, only the header.
  return error.code.empty() && (error.status == 301 || error.status == 307 || error.status == 400);
}

bool is_expired(const ServerError& error) {
  for (std::string_view code :
       {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "InvalidTokenId"}) {
    if (error.code == code) return true;
  }
  return false;
}

bool is_passing(const ServerError& error) {
  return error.code == "InternalError" || error.code == "SlowDown" || error.code == "ServiceUnavailable" ||
         error.code == "OperationAborted";
}

Error to_error(const ServerError& error, const ErrorContext& context) {
  auto rule = std::ranges::find(rules(), std::string_view(error.code), &Rule::server_code);
  Explanation explanation =
      rule != rules().end() ? rule->explain(error, context) : explain_status(error, context);
  // Only a 404 means absent, whatever the body says.
  if (explanation.code == ErrorCode::not_found && error.status != 404)
    explanation = explain_status(error, context);
  return Error(explanation.code, {.doing = context.doing,
                                  .target = context.target,
                                  .reason = std::move(explanation.reason),
                                  .hint = std::move(explanation.hint),
                                  .http_status = error.status,
                                  .server_code = error.code,
                                  .request_id = error.request_id});
}

}  // namespace wheelyard::store::s3
