#include "wheelyard/auth/sts.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/auth/aws_service.hpp"
#include "wheelyard/auth/sigv4.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::auth {
namespace {

constexpr auto kTime = std::chrono::seconds(60);

bool has_global_endpoint(std::string_view region) {
  constexpr std::array<std::string_view, 15> kRegions{
      "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
      "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",
      "sa-east-1",      "us-east-1",  "us-east-2",      "us-west-1",      "us-west-2"};
  return std::ranges::find(kRegions, region) != kRegions.end();
}

std::string form(const StsCall& call) {
  std::string body = "Action=" + percent_encode(call.action) + "&Version=2011-06-15";
  for (const auto& [name, value] : call.parameters) {
    body += "&" + percent_encode(name) + "=" + percent_encode(value);
  }
  return body;
}

http::Request make_request(const StsCall& call, const Credentials* signer, AwsContext& context) {
  auto [url, region] = sts_destination(context);
  if (url.path.empty()) {
    url.path = "/";
  }
  http::Request request;
  request.method = "POST";
  request.url = url;
  const auto body = form(call);
  request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = bytes_source(body);
  if (signer == nullptr) {
    return request;
  }
  // Each attempt is signed with its own time.
  request.prepare = [credentials = *signer, region = std::move(region), digest = sha256_hex(body),
                     clock = context.clock()](http::Request& attempt) {
    SigningInput input{attempt.method, attempt.url.path, attempt.url.query, {}, digest};
    input.headers = {{"host", attempt.url.authority()},
                     {"content-type", std::string(attempt.headers.get("Content-Type"))}};
    SigningScope scope;
    scope.region = region;
    scope.service = "sts";
    scope.normalize_path = true;
    scope.encode_path_twice = true;
    for (auto& [name, value] : sign_headers(input, credentials, scope, clock()).headers) {
      attempt.headers.set(name, value);
    }
  };
  return request;
}

struct Refusal {
  std::string code;
  std::string message;
  std::string request_id;
};

Refusal parse_refusal(const ServiceAnswer& answer) {
  Refusal refusal;
  try {
    const auto root = parse_xml(answer.body, "the answer of STS");
    if (const auto* error = root.child("Error")) {
      refusal.code = error->child_text("Code");
      refusal.message = error->child_text("Message");
    }
    refusal.request_id = root.child_text("RequestId");
  } catch (const Error&) {
    refusal.message = "it is no STS that answers there";
  }
  return refusal;
}

bool is_passing(std::string_view code) {
  constexpr std::array<std::string_view, 7> kCodes{
      "Throttling",           "ThrottlingException",      "ThrottledException",   "RequestThrottled",
      "RequestLimitExceeded", "TooManyRequestsException", "IDPCommunicationError"};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

ErrorCode code_of(int status, std::string_view code) {
  if (status >= 500 || status == 429 || is_passing(code)) {
    return ErrorCode::unavailable;
  }
  if (code == "AccessDenied" || code == "AccessDeniedException") {
    return ErrorCode::permission_denied;
  }
  return code == "ValidationError" || code == "MalformedPolicyDocument" ? ErrorCode::invalid_argument
                                                                        : ErrorCode::unauthenticated;
}

std::string hint_for(std::string_view code, std::string_view action) {
  if (code == "AccessDenied" || code == "AccessDeniedException") {
    return action == "AssumeRole" ? "the role's trust policy must name who asks, and who asks needs "
                                    "sts:AssumeRole on it"
                                  : "the role's trust policy must name the token's issuer, audience and "
                                    "subject";
  }
  if (code == "ExpiredToken" || code == "ExpiredTokenException") {
    return "renew what the role is asked for with";
  }
  return "check the role and what asks for it, then try again";
}

std::string doing_of(std::string_view action) {
  if (action == "GetCallerIdentity") return "ask STS by GetCallerIdentity, with credentials from";
  return "get credentials by " + std::string(action) + " for";
}

[[noreturn]] void refuse(const StsCall& call, const http::Request& request, const ServiceAnswer& answer) {
  const auto refusal = parse_refusal(answer);
  const auto reason = refusal.message.empty() ? "STS answered without a reason" : refusal.message;
  throw Error(code_of(answer.status, refusal.code), {.doing = doing_of(call.action),
                                                     .target = call.origin + " from " + request.url.display(),
                                                     .reason = printable(reason, 400),
                                                     .hint = hint_for(refusal.code, call.action),
                                                     .http_status = answer.status,
                                                     .server_code = printable(refusal.code, 80),
                                                     .request_id = printable(refusal.request_id, 80)});
}

[[noreturn]] void fail_answer(std::string_view action, const std::string& origin, std::string_view missing) {
  throw Error(ErrorCode::corrupted, "get credentials by " + std::string(action) + " for", origin,
              "the answer of STS has no " + std::string(missing), "check that it is STS that answers there");
}

}  // namespace

StsDestination sts_destination(AwsContext& context) {
  const auto& region = context.settings().region;
  auto url = service_url(kSts, region, context);
  const auto mode = one_of("kind of STS endpoint",
                           Lookup(context.environment(), context.profile())
                               .variable("AWS_STS_REGIONAL_ENDPOINTS")
                               .setting("sts_regional_endpoints")
                               .found(),
                           {"regional", "legacy"}, "regional");
  if (mode == "legacy" && has_global_endpoint(region) && url.host == "sts." + region + ".amazonaws.com") {
    url.host = "sts.amazonaws.com";
    return {std::move(url), "us-east-1"};
  }
  return {std::move(url), region};
}

std::string ask_sts_for_answer(const StsCall& call, const Credentials* signer, AwsContext& context) {
  http::Client client(service_client_options(context));
  const auto request = make_request(call, signer, context);
  const int attempts = context.settings().max_attempts;
  for (int attempt = 1;; ++attempt) {
    const auto answer = ask_service(client, request, kTime);
    if (answer.status == 200) {
      return answer.body;
    }
    // Throttling answers 400, which the client does not take for something that passes.
    if (answer.status != 400 || attempt >= attempts || !is_passing(parse_refusal(answer).code)) {
      refuse(call, request, answer);
    }
    std::this_thread::sleep_for(client.options().retry.first_delay * (1 << std::min(attempt, 8)));
  }
}

Credentials ask_sts(const StsCall& call, const Credentials* signer, AwsContext& context) {
  return parse_sts_answer(ask_sts_for_answer(call, signer, context), call.action, call.origin);
}

Credentials parse_sts_answer(std::string_view body, std::string_view action, const std::string& origin) {
  const auto root = parse_xml(body, "the answer of STS");
  const auto* result = root.child(std::string(action) + "Result");
  const auto* given = result == nullptr ? nullptr : result->child("Credentials");
  if (given == nullptr) {
    fail_answer(action, origin, "credentials");
  }
  Credentials found;
  const auto take = [&](std::string_view name, std::string& value) {
    value = given->child_text(name);
    if (value.empty()) {
      fail_answer(action, origin, name);
    }
  };
  std::string expiration;
  take("AccessKeyId", found.access_key_id);
  take("SecretAccessKey", found.secret_access_key);
  take("SessionToken", found.session_token);
  take("Expiration", expiration);
  found.expires_at = parse_aws_time(expiration);
  if (!found.expires_at) {
    fail_answer(action, origin, "time in its Expiration");
  }
  found.origin = origin;
  return found;
}

std::string default_session_name(TimePoint time) {
  return "wheelyard-session-" +
         std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace wheelyard::auth
