#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {

/// A call to the Security Token Service that answers with credentials
/// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
struct StsCall {
  std::string action;  ///< "AssumeRole"
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string origin;  ///< what asked for it, for messages: "profile 'ci' in ~/.aws/config"
};

/// Where STS is asked: the endpoint that is set, the region's own host, or (sts_regional_endpoints = legacy)
/// the one host that serves the first regions.
struct StsDestination {
  Url url;
  std::string signing_region;
};
StsDestination sts_destination(AwsContext& context);

/// Asks the STS of the region in `context`; unsigned where `signer` is null. Throws `unauthenticated` or
/// `permission_denied` with the service's own code where it refuses, `unavailable` where it does not answer
/// or fails, `corrupted` where its answer cannot be read.
Credentials ask_sts(const StsCall& call, const Credentials* signer, AwsContext& context);

/// The same for calls that answer with something else: the answer's body.
std::string ask_sts_for_answer(const StsCall& call, const Credentials* signer, AwsContext& context);

/// The credentials in the answer to `action`. Throws `corrupted` on anything else.
Credentials parse_sts_answer(std::string_view body, std::string_view action, const std::string& origin);

/// "wheelyard-session-" and the time: the name of a session where the settings give none.
std::string default_session_name(TimePoint time);

}  // namespace wheelyard::auth
