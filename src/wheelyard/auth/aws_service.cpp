#include "wheelyard/auth/aws_service.hpp"

#include <array>

#include "wheelyard/auth/aws_endpoint.hpp"
#include "wheelyard/auth/aws_lookup.hpp"
#include "wheelyard/auth/aws_partition.hpp"
#include "wheelyard/base/stop_flag.hpp"

namespace wheelyard::auth {
namespace {

constexpr std::size_t kMaxBody = 1u << 20;

std::string own_host(const AwsService& service, const std::string& region, bool fips, bool dualstack) {
  const auto& partition = partition_of(region);
  const bool separate_host = fips && (dualstack || partition.name != "aws-us-gov");
  return std::string(service.host_prefix) + (separate_host ? "-fips." : ".") + region + "." +
         std::string(dualstack ? partition.dual_stack_suffix : partition.dns_suffix);
}

}  // namespace

Url service_url(const AwsService& service, const std::string& region, AwsContext& context) {
  const auto& profile = context.profile();
  if (const auto endpoint =
          configured_endpoint(service.id, context.environment(), context.files(), profile)) {
    return Url::parse(checked_endpoint(*endpoint));
  }
  const auto set = [&](std::string_view variable, std::string_view setting) {
    return Lookup(context.environment(), profile).variable(variable).setting(setting).truth_or(false);
  };
  Url url;
  url.scheme = "https";
  url.host = own_host(service, region, set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
                      set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
  return url;
}

http::ClientOptions service_client_options(AwsContext& context) {
  const auto& settings = context.settings();
  http::ClientOptions options;
  options.ca_bundle = settings.ca_bundle;
  options.retry.attempts = settings.max_attempts;
  options.log = context.log();
  options.on_wait = check_stopped;
  return options;
}

ServiceAnswer ask_service(http::Client& client, const http::Request& request,
                          std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  auto timed = request;
  timed.deadline = time;
  auto response = client.send(timed);
  ServiceAnswer answer{response.status, std::move(response.headers), {}};
  std::array<char, 16 * 1024> buffer{};
  while (const auto count = response.body->read(buffer.data(), buffer.size())) {
    answer.body.append(buffer.data(), count);
    if (answer.body.size() > kMaxBody) {
      throw Error(ErrorCode::corrupted, "read the answer of", request.url.display(),
                  "it is bigger than " + std::to_string(kMaxBody) + " bytes",
                  "check that the right service answers there");
    }
    if (std::chrono::steady_clock::now() > end) {
      throw Error(ErrorCode::unavailable, "read the answer of", request.url.display(),
                  "it was not whole after " + std::to_string(time.count()) + " ms",
                  "check the service and the network, then try again");
    }
  }
  return answer;
}

}  // namespace wheelyard::auth
