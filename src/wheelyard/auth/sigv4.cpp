#include "wheelyard/auth/sigv4.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <vector>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kLongestExpiry = std::chrono::hours(24 * 7);

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// "20261121T091825Z"
std::string amz_date(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

/// Without white space at its ends, and every run of it inside as one space.
std::string collapse_spaces(std::string_view value) {
  std::string result;
  bool pending = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      pending = !result.empty();
      continue;
    }
    if (pending) {
      result += ' ';
      pending = false;
    }
    result += c;
  }
  return result;
}

std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto segment = path.substr(at, end - at);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    at = end + 1;
  }
  std::string result;
  for (const auto segment : kept) {
    result.append("/").append(segment);
  }
  const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  return result.empty() || folder ? result + "/" : result;
}

std::string canonical_path(const std::string& path, const SigningScope& scope) {
  auto result = scope.normalize_path ? normalized(path) : path;
  if (result.empty()) {
    result = "/";
  }
  return scope.encode_path_twice ? percent_encode(result, "/") : result;
}

/// Name and value encoded anew, so that "%7e" and "~" sign alike.
Pairs encoded_query(std::string_view query) {
  Pairs pairs;
  for (const auto& [name, value] : parse_query(query)) {
    pairs.emplace_back(percent_encode(name), percent_encode(value));
  }
  return pairs;
}

std::string joined_query(Pairs pairs) {
  std::ranges::sort(pairs);
  std::string result;
  for (const auto& [name, value] : pairs) {
    result.append(result.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return result;
}

/// Names in lower case, each once, in order.
std::map<std::string, std::string> canonical_headers(const Pairs& headers) {
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : headers) {
    const auto [at, is_new] = result.try_emplace(to_lower(name), collapse_spaces(value));
    if (!is_new) {
      at->second.append(",").append(collapse_spaces(value));
    }
  }
  if (!result.contains("host")) {
    throw Error(ErrorCode::invalid_argument, "sign", "a request", "its headers have no host");
  }
  return result;
}

std::string signed_names(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    names.append(names.empty() ? "" : ";").append(name);
  }
  return names;
}

std::string canonical_request(const SigningInput& input, const SigningScope& scope, const std::string& query,
                              const std::map<std::string, std::string>& headers) {
  std::string text = input.method + "\n" + canonical_path(input.path, scope) + "\n" + query + "\n";
  for (const auto& [name, value] : headers) {
    text.append(name).append(":").append(value).append("\n");
  }
  return text + "\n" + signed_names(headers) + "\n" + input.payload_hash;
}

std::string credential_scope(std::string_view date, const SigningScope& scope) {
  return std::string(date.substr(0, 8)) + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

std::string string_to_sign(const std::string& date, const SigningScope& scope, const std::string& request) {
  return std::string(kAlgorithm) + "\n" + date + "\n" + credential_scope(date, scope) + "\n" +
         sha256_hex(request);
}

/// Good for a day in one region and service. Each thread keeps the one that it used last: to make it costs
/// four times what signing with it does.
const std::string& signing_key(const Credentials& credentials, std::string_view day,
                               const SigningScope& scope) {
  struct Kept {
    std::string secret, day, region, service, key;
  };
  thread_local Kept kept;
  if (kept.secret != credentials.secret_access_key || kept.day != day || kept.region != scope.region ||
      kept.service != scope.service) {
    auto key = hmac_sha256("AWS4" + credentials.secret_access_key, day);
    key = hmac_sha256(key, scope.region);
    key = hmac_sha256(key, scope.service);
    kept = {credentials.secret_access_key, std::string(day), scope.region, scope.service,
            hmac_sha256(key, "aws4_request")};
  }
  return kept.key;
}

std::string signature(const Credentials& credentials, const std::string& date, const SigningScope& scope,
                      const std::string& text) {
  return to_hex(hmac_sha256(signing_key(credentials, std::string_view(date).substr(0, 8), scope), text));
}

}  // namespace

Signature sign_headers(const SigningInput& input, const Credentials& credentials, const SigningScope& scope,
                       TimePoint time) {
  const auto date = amz_date(time);
  Signature result;
  result.headers.emplace_back("X-Amz-Date", date);
  const bool has_token = !credentials.session_token.empty();
  if (has_token && !scope.omit_session_token) {
    result.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  auto to_sign = input.headers;
  to_sign.insert(to_sign.end(), result.headers.begin(), result.headers.end());
  const auto headers = canonical_headers(to_sign);

  result.canonical_request =
      canonical_request(input, scope, joined_query(encoded_query(input.query)), headers);
  result.string_to_sign = string_to_sign(date, scope, result.canonical_request);
  result.signature = signature(credentials, date, scope, result.string_to_sign);
  result.headers.emplace_back("Authorization",
                              std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
                                  credential_scope(date, scope) + ", SignedHeaders=" + signed_names(headers) +
                                  ", Signature=" + result.signature);
  if (has_token && scope.omit_session_token) {
    result.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  return result;
}

PresignedQuery sign_query(const SigningInput& input, const Credentials& credentials,
                          const SigningScope& scope, TimePoint time, std::chrono::seconds expires) {
  if (expires < std::chrono::seconds(1) || expires > kLongestExpiry) {
    throw Error(ErrorCode::invalid_argument, "presign", "a URL",
                "it cannot be good for " + std::to_string(expires.count()) + " seconds",
                "ask for a time between one second and seven days");
  }
  const auto date = amz_date(time);
  const auto headers = canonical_headers(input.headers);
  auto query = encoded_query(input.query);
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential",
                     percent_encode(credentials.access_key_id + "/" + credential_scope(date, scope)));
  query.emplace_back("X-Amz-Date", date);
  query.emplace_back("X-Amz-Expires", std::to_string(expires.count()));
  query.emplace_back("X-Amz-SignedHeaders", percent_encode(signed_names(headers)));
  const auto token = percent_encode(credentials.session_token);
  if (!token.empty() && !scope.omit_session_token) {
    query.emplace_back("X-Amz-Security-Token", token);
  }

  PresignedQuery result;
  const auto signed_query = joined_query(std::move(query));
  result.canonical_request = canonical_request(input, scope, signed_query, headers);
  result.string_to_sign = string_to_sign(date, scope, result.canonical_request);
  result.signature = signature(credentials, date, scope, result.string_to_sign);
  result.query = signed_query;
  if (!token.empty() && scope.omit_session_token) {
    result.query += "&X-Amz-Security-Token=" + token;
  }
  result.query += "&X-Amz-Signature=" + result.signature;
  return result;
}

}  // namespace wheelyard::auth
