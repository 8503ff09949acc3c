#include "wheelyard/auth/request_signer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// "20261121T091825Z"
std::string amz_date(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

void append_all(std::string& text, std::initializer_list<std::string_view> pieces) {
  for (std::string_view piece : pieces) text += piece;
}

/// Runs of blanks count as one.
void append_value(std::string& text, std::string_view value) {
  value = trim(value);
  bool blank = false;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (!is_blank) text += c;
    if (is_blank && !blank) text += ' ';
    blank = is_blank;
  }
}

}  // namespace

std::string RequestSigner::key_for(const Credentials& credentials, std::string_view date,
                                   std::string_view region) {
  const std::string_view day = date.substr(0, 8);
  const std::lock_guard lock(mutex_);
  if (key_.empty() || day != date_ || region != region_ || credentials.secret_access_key != secret_) {
    key_ = hmac_sha256("AWS4" + credentials.secret_access_key, day);
    key_ = hmac_sha256(key_, region);
    key_ = hmac_sha256(key_, "s3");
    key_ = hmac_sha256(key_, "aws4_request");
    secret_ = credentials.secret_access_key;
    date_ = day;
    region_ = region;
  }
  return key_;
}

RequestSigner::Fields RequestSigner::sign(const Request& request, const Credentials& credentials,
                                          TimePoint time) {
  Fields added;
  added.reserve(3);
  added.emplace_back("x-amz-date", amz_date(time));
  if (!credentials.session_token.empty()) {
    added.emplace_back("x-amz-security-token", credentials.session_token);
  }
  const std::string& date = added.front().second;

  std::vector<std::pair<std::string, std::string_view>> headers;
  headers.reserve(request.headers.size() + added.size() + 1);
  for (const auto& [name, value] : request.headers) headers.emplace_back(to_lower(name), value);
  for (const auto& [name, value] : added) headers.emplace_back(name, value);
  headers.emplace_back("host", request.authority);
  std::ranges::sort(headers, {}, [](const auto& field) -> std::string_view { return field.first; });

  std::string names;
  std::string text;
  text.reserve(1024);
  append_all(text,
             {request.method, "\n", request.path.empty() ? "/" : request.path, "\n", request.query, "\n"});
  for (const auto& [name, value] : headers) {
    append_all(text, {name, ":"});
    append_value(text, value);
    text += '\n';
    append_all(names, {names.empty() ? "" : ";", name});
  }
  append_all(text, {"\n", names, "\n", request.payload_hash});

  std::string scope;
  append_all(scope, {std::string_view(date).substr(0, 8), "/", request.region, "/s3/aws4_request"});
  const std::string digest = sha256_hex(text);
  text.clear();
  append_all(text, {algorithm, "\n", date, "\n", scope, "\n", digest});
  const std::string signature = to_hex(hmac_sha256(key_for(credentials, date, request.region), text));
  std::string authorization;
  authorization.reserve(256);
  append_all(authorization, {algorithm, " Credential=", credentials.access_key_id, "/", scope,
                             ", SignedHeaders=", names, ", Signature=", signature});
  added.emplace_back("authorization", std::move(authorization));
  return added;
}

}  // namespace wheelyard::auth
