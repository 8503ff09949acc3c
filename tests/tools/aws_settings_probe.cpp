// Prints, as one JSON document, what the AWS settings and credentials of its own environment resolve to, for
// comparison with botocore. Arguments are name=value, the names those of AwsOverrides. Test data only: it
// prints secrets.
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/auth/aws_context.hpp"
#include "wheelyard/auth/sts.hpp"
#include "wheelyard/base/error.hpp"

namespace {

using namespace wheelyard;
using Json = nlohmann::json;

auth::AwsOverrides parse_arguments(int count, char** arguments) {
  auth::AwsOverrides overrides;
  const std::map<std::string, std::string*> places = {
      {"access_key_id", &overrides.access_key_id},
      {"secret_access_key", &overrides.secret_access_key},
      {"session_token", &overrides.session_token},
      {"profile", &overrides.profile},
      {"region", &overrides.region},
      {"endpoint_url", &overrides.endpoint_url},
  };
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const auto equals = argument.find('=');
    *places.at(argument.substr(0, equals)) = argument.substr(equals + 1);
  }
  return overrides;
}

template <typename Action>
Json attempt(Action&& action) {
  try {
    return action();
  } catch (const Error& error) {
    return {{"error", error.what()}, {"code", to_string(error.code())}, {"hint", error.hint()}};
  }
}

}  // namespace

int main(int count, char** arguments) {
  const auto overrides = parse_arguments(count, arguments);
  const auto environment = auth::process_environment();
  const auto settings = attempt([&]() -> Json {
    const auto found = auth::resolve_aws_settings(overrides, environment);
    return {{"profile", found.profile},
            {"region", found.region},
            {"region_origin", found.region_origin},
            {"endpoint_url", found.endpoint_url},
            {"endpoint_origin", found.endpoint_origin},
            {"addressing_style", found.addressing_style},
            {"ca_bundle", found.ca_bundle},
            {"max_attempts", found.max_attempts},
            {"retry_mode", found.retry_mode},
            {"dualstack", found.dualstack},
            {"fips", found.fips},
            {"accelerate", found.accelerate},
            {"payload_signing", found.payload_signing},
            {"use_arn_region", found.use_arn_region},
            {"disable_multiregion_access_points", found.disable_multiregion_access_points},
            {"us_east_1_endpoint", found.us_east_1_endpoint},
            {"request_checksums", found.request_checksums},
            {"response_checksums", found.response_checksums}};
  });
  const auto credentials = attempt([&]() -> Json {
    const auto found = auth::make_credential_chain(overrides, environment)->get();
    return {{"access_key_id", found.access_key_id},
            {"secret_access_key", found.secret_access_key},
            {"session_token", found.session_token},
            {"origin", found.origin}};
  });
  const auto sts = attempt([&]() -> Json {
    auth::AwsContext context(overrides, environment);
    const auto asked = auth::sts_destination(context);
    return {{"url", asked.url.to_string()}, {"region", asked.signing_region}};
  });
  std::cout << Json{{"settings", settings}, {"credentials", credentials}, {"sts", sts}}.dump() << "\n";
  return 0;
}
