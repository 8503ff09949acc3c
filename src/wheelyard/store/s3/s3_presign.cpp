#include <algorithm>
#include <array>

#include "wheelyard/auth/sigv4.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {
namespace {

constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr auto longest_presigned = std::chrono::hours(24 * 7);
constexpr std::array methods{"GET", "HEAD", "PUT", "DELETE"};
constexpr std::array answer_headers{"content-type",     "content-disposition", "content-encoding",
                                    "content-language", "cache-control",       "expires"};

}  // namespace

std::string Client::presign(const std::string& key, const PresignOptions& options) const {
  auto refuse = [&](std::string reason, std::string hint = {}, ErrorCode code = ErrorCode::invalid_argument) {
    return Error(code, "make a signed URL for", describe(key), std::move(reason), std::move(hint));
  };
  if (options_.anonymous) {
    throw refuse("there are no credentials to sign it with", "leave out --no-sign-request",
                 ErrorCode::unauthenticated);
  }
  if (options.expires.count() < 1 || options.expires > longest_presigned)
    throw refuse("it must expire after 1 second to 7 days");
  if (std::ranges::find(methods, options.method) == methods.end())
    throw refuse("'" + printable(options.method, 40) + "' is no method that can be signed for",
                 "GET, HEAD, PUT and DELETE can");
  std::string signed_region = region();
  Url url = address_.url(signed_region, key);
  std::vector<std::pair<std::string, std::string>> query;
  for (const auto& [given, value] : options.answer_headers) {
    std::string name = to_lower(given);
    if (std::ranges::find(answer_headers, name) == answer_headers.end())
      throw refuse("the answer's header '" + printable(name, 80) + "' cannot be set");
    if (options.method != "GET" && options.method != "HEAD")
      throw refuse("only the answer to GET and HEAD has headers that can be set");
    query.emplace_back("response-" + name, value);
  }
  Call call{.doing = "make a signed URL for", .method = options.method, .key = key};
  for (const auto& [name, value] : options.request_headers) call.headers.set(to_lower(name), value);
  check_headers(call.headers, describe(key));
  auth::SigningInput input{.method = options.method,
                           .path = url.path,
                           .query = encode_query(query),
                           .headers = call.headers.fields(),
                           .payload_hash = std::string(unsigned_payload)};
  input.headers.emplace_back("host", url.authority());
  url.query = auth::sign_query(input, options_.credentials->get(), {.region = signed_region},
                               options_.clock(), options.expires)
                  .query;
  return url.to_string();
}

}  // namespace wheelyard::store::s3
