#include "wheelyard/auth/providers/sso_token.hpp"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/aws_service.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/file_descriptor.hpp"
#include "wheelyard/base/io.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::uint64_t kMaxFile = 256u << 10;
constexpr auto kRenewAhead = std::chrono::minutes(15);
constexpr auto kTime = std::chrono::seconds(30);

[[noreturn]] void fail(const SsoSession& session, const std::string& profile, const std::string& reason) {
  throw Error(ErrorCode::unauthenticated, "use the sign-on of",
              session.name.empty() ? session.start_url : "sso-session '" + session.name + "'", reason,
              "sign on: aws sso login --profile " + profile);
}

/// "2026-11-21T09:18:25Z", as the cache has it.
std::string in_seconds(TimePoint time) {
  auto text = to_rfc3339(time);
  return text.substr(0, 19) + "Z";
}

std::optional<SsoToken> cached_token(const std::filesystem::path& path) {
  try {
    return parse_sso_token(read_file(path, kMaxFile));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) {
      return std::nullopt;
    }
    throw;
  }
}

/// The new one is whole under its name, or the old one stays. What cannot be kept is asked for again by the
/// next run, so that a folder that may not be written is no reason to stop.
void save_token(const std::filesystem::path& path, const SsoToken& token, const SsoSession& session) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"startUrl", session.start_url},
      {"region", session.region},
      {"accessToken", token.access_token},
      {"expiresAt", in_seconds(token.expires_at)},
      {"clientId", token.client_id},
      {"clientSecret", token.client_secret},
      {"registrationExpiresAt", token.registration_expires_at},
  };
  if (!token.refresh_token.empty()) {
    members.emplace_back("refreshToken", token.refresh_token);
  }
  const auto temporary = path.parent_path() / (to_hex(random_bytes(8)) + ".tmp");
  std::error_code ignored;
  try {
    {
      const auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
      write_all(file.get(), to_json(members), temporary);
    }
    std::filesystem::rename(temporary, path);
  } catch (const Error&) {
    std::filesystem::remove(temporary, ignored);
  } catch (const std::filesystem::filesystem_error&) {
    std::filesystem::remove(temporary, ignored);
  }
}

bool can_be_renewed(const SsoToken& token, TimePoint time) {
  const auto registered_until = parse_aws_time(token.registration_expires_at);
  return !token.refresh_token.empty() && !token.client_id.empty() && !token.client_secret.empty() &&
         registered_until && *registered_until > time;
}

/// None where the service refuses or cannot be asked: the old token may still do.
std::optional<SsoToken> renewed(const SsoToken& token, const SsoSession& session, AwsContext& context) {
  http::Request request;
  request.method = "POST";
  request.url = service_url(kSsoOidc, session.region, context);
  request.url.path += "/token";
  request.headers.set("Content-Type", "application/json");
  request.idempotent = false;
  request.body = bytes_source(to_json({{"grantType", "refresh_token"},
                                       {"clientId", token.client_id},
                                       {"clientSecret", token.client_secret},
                                       {"refreshToken", token.refresh_token}}));
  std::optional<JsonObject> answer;
  auto how = service_client_options(context);
  how.on_wait = nullptr;  // the answer may hold the only refresh token that is good from now on
  try {
    http::Client client(how);
    const auto answered = ask_service(client, request, kTime);
    answer = answered.status == 200 ? JsonObject::parse(answered.body) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  const auto access_token = answer ? answer->text("accessToken") : std::nullopt;
  const auto seconds = answer ? answer->number("expiresIn").value_or(0) : 0;
  constexpr std::int64_t kYear = 366L * 24 * 3600;
  if (!access_token || access_token->empty() || seconds <= 0 || seconds > kYear) {
    return std::nullopt;
  }
  auto fresh = token;
  fresh.access_token = *access_token;
  fresh.expires_at = context.time() + std::chrono::seconds(seconds);
  fresh.refresh_token = answer->text("refreshToken").value_or("");
  return fresh;
}

}  // namespace

std::filesystem::path sso_token_path(const SsoSession& session, const Environment& environment) {
  const auto& key = session.name.empty() ? session.start_url : session.name;
  return expand_user("~/.aws/sso/cache", environment) /
         (to_hex(digest(DigestAlgorithm::sha1, key)) + ".json");
}

std::optional<SsoToken> parse_sso_token(std::string_view text) {
  const auto object = JsonObject::parse(text);
  const auto expiry = object ? parse_aws_time(object->text("expiresAt").value_or("")) : std::nullopt;
  if (!expiry || object->text("accessToken").value_or("").empty()) {
    return std::nullopt;
  }
  return SsoToken{.access_token = *object->text("accessToken"),
                  .expires_at = *expiry,
                  .client_id = object->text("clientId").value_or(""),
                  .client_secret = object->text("clientSecret").value_or(""),
                  .refresh_token = object->text("refreshToken").value_or(""),
                  .registration_expires_at = object->text("registrationExpiresAt").value_or("")};
}

std::string current_sso_token(const SsoSession& session, const std::string& profile, AwsContext& context) {
  const auto path = sso_token_path(session, context.environment());
  auto token = cached_token(path);
  if (!token) {
    fail(session, profile, "there is no token of it in " + path.parent_path().string());
  }
  const auto time = context.time();
  if (!session.name.empty() && token->expires_at - time < kRenewAhead && can_be_renewed(*token, time)) {
    if (auto fresh = renewed(*token, session, context)) {
      token = std::move(fresh);
      save_token(path, *token, session);
    }
  }
  if (token->expires_at <= time) {
    fail(session, profile, "it ended at " + in_seconds(token->expires_at));
  }
  return token->access_token;
}

}  // namespace wheelyard::auth
