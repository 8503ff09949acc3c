#include "wheelyard/auth/aws_endpoint.hpp"

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace wheelyard::auth {
namespace {

std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return result;
}

/// The service's endpoint in the section that the profile's `services` names.
std::optional<Found> in_services_section(std::string_view service, const AwsFiles& files,
                                         const AwsProfile& profile) {
  const auto* name = find_text(profile, "services");
  if (name == nullptr) {
    return std::nullopt;
  }
  const auto* services = files.services(*name);
  if (services == nullptr) {
    fail_value("services section", {*name, profile.find("services")->second.origin},
               "there is no [services " + *name + "] in " + files.config_path().string(),
               "add that section, or remove 'services' from the profile");
  }
  const auto block = services->find(service);
  if (block == services->end() || !block->second.block) {
    return std::nullopt;
  }
  const auto url = block->second.block->find("endpoint_url");
  if (url == block->second.block->end() || url->second.empty()) {
    return std::nullopt;
  }
  return Found{url->second, "[services " + *name + "] in " + files.config_path().string()};
}

}  // namespace

std::optional<Found> configured_endpoint(std::string_view service, const Environment& environment,
                                         const AwsFiles& files, const AwsProfile& profile) {
  const bool ignored = Lookup(environment, profile)
                           .variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
                           .setting("ignore_configured_endpoint_urls")
                           .truth_or(false);
  if (ignored) {
    return std::nullopt;
  }
  auto variable = Lookup(environment, profile)
                      .variable("AWS_ENDPOINT_URL_" + to_upper(service))
                      .variable("AWS_ENDPOINT_URL")
                      .found();
  if (variable) {
    return variable;
  }
  if (auto found = in_services_section(service, files, profile)) {
    return found;
  }
  return Lookup(environment, profile).setting("endpoint_url").found();
}

std::string checked_endpoint(const Found& found) {
  const auto reject = [&](const std::string& reason) {
    fail_value("endpoint URL", found, reason, "write it as https://HOST or http://HOST:PORT");
  };
  Url url;
  try {
    url = Url::parse(found.value);
  } catch (const Error&) {
    reject("it is not a URL");
  }
  if (url.scheme != "http" && url.scheme != "https") {
    reject("its scheme is neither http nor https");
  }
  if (url.host.empty()) {
    reject("it names no host");
  }
  if (!url.user_info.empty() || !url.query.empty() || !url.fragment.empty()) {
    reject("it may hold a host, a port and a path, and nothing else");
  }
  auto text = url.to_string();
  while (text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

}  // namespace wheelyard::auth
