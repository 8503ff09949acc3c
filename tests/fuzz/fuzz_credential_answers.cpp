// What processes, agents, portals and STS answer, and what `aws sso login` left: credentials that are whole,
// or an Error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "wheelyard/auth/aws_answer.hpp"
#include "wheelyard/auth/providers/sso_token.hpp"
#include "wheelyard/auth/shell_words.hpp"
#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/error.hpp"

using namespace wheelyard;

namespace {

void must_be_whole(const auth::Credentials& found, bool temporary) {
  if (found.access_key_id.empty() || found.secret_access_key.empty()) std::abort();
  if (temporary && (found.session_token.empty() || !found.expires_at)) std::abort();
}

template <typename Action>
void attempt(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    const bool expected = error.code() == ErrorCode::unauthenticated || error.code() == ErrorCode::corrupted;
    if (!expected) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto object = auth::JsonObject::parse(text)) {
    object->contains("Expiration");
    object->number("Version");
    object->object("roleCredentials");
    for (const bool temporary : {false, true}) {
      attempt([&] {
        must_be_whole(
            auth::credentials_from(*object, temporary ? "Token" : "SessionToken", temporary, "fuzz"),
            temporary);
      });
    }
  }
  attempt([&] { must_be_whole(auth::parse_sts_answer(text, "AssumeRole", "fuzz"), true); });
  if (const auto token = auth::parse_sso_token(text)) {
    // What was read is written as JSON that reads the same.
    const auto again = auth::parse_sso_token(
        auth::to_json({{"accessToken", token->access_token}, {"expiresAt", to_rfc3339(token->expires_at)}}));
    if (!again || again->access_token != token->access_token || again->expires_at != token->expires_at) {
      std::abort();
    }
  }
  auth::parse_aws_time(text);
  auth::shell_words(text);
  return 0;
}
