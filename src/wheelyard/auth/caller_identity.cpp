#include "wheelyard/auth/caller_identity.hpp"

#include <utility>

#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/xml.hpp"

namespace wheelyard::auth {

CallerIdentity aws_caller_identity(const AwsOverrides& overrides, const Environment& environment,
                                   http::RequestLog log) {
  if (overrides.anonymous) {
    throw Error(ErrorCode::unauthenticated, "ask AWS", "who acts", "requests are sent without credentials",
                "leave out --no-sign-request, or say --identity NAME");
  }
  const auto signer = make_credential_chain(overrides, environment, log)->get();
  AwsContext context(overrides, environment, std::move(log));
  const auto body = ask_sts_for_answer(
      {.action = "GetCallerIdentity", .parameters = {}, .origin = signer.origin}, &signer, context);
  const auto root = parse_xml(body, "the answer of STS");
  const auto* result = root.child("GetCallerIdentityResult");
  CallerIdentity identity;
  if (result != nullptr) {
    identity.account = result->child_text("Account");
    identity.arn = result->child_text("Arn");
  }
  if (identity.arn.empty()) {
    throw Error(ErrorCode::corrupted, "ask AWS", "who acts", "the answer of STS names nobody",
                "check that it is STS that answers there, or say --identity NAME");
  }
  return identity;
}

}  // namespace wheelyard::auth
