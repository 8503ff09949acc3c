#include "wheelyard/server/child_environment.hpp"

#include <algorithm>
#include <string_view>

#include <unistd.h>

#include "wheelyard/base/text.hpp"

namespace wheelyard::server {
namespace {

bool is_set(const auth::Environment& environment, std::string_view name) {
  const auto value = environment(name);
  return value && !value->empty();
}

/// NO_PROXY with loopback in it, or none where it holds already or no proxy is set.
std::optional<std::string> loopback_exempted(const auth::Environment& environment) {
  constexpr std::string_view proxies[] = {"http_proxy", "https_proxy", "all_proxy",
                                          "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
  if (std::ranges::none_of(proxies, [&](auto name) { return is_set(environment, name); }))
    return std::nullopt;

  // Clients differ in which of the two they prefer, so both get the same value.
  std::vector<std::string> hosts;
  for (const auto name : {"no_proxy", "NO_PROXY"}) {
    const std::string value = environment(name).value_or("");
    for (const auto part : split(value, ',')) {
      const std::string host(trim(part));
      if (host == "*") return std::nullopt;
      if (!host.empty() && std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
    }
  }
  for (const std::string host : {"127.0.0.1", "localhost", "::1"}) {
    if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
  }
  return join(hosts, ",");
}

}  // namespace

std::vector<EnvironmentChange> index_environment(const std::string& index_url,
                                                 const auth::Environment& environment) {
  std::vector<EnvironmentChange> changes;
  const auto set = [&](const char* name, std::string value, const char* why) {
    changes.push_back({name, std::move(value), why});
  };
  set("PIP_INDEX_URL", index_url, "pip's index");
  set("UV_DEFAULT_INDEX", index_url, "uv's index");
  set("UV_INDEX_URL", index_url, "uv's index, as versions before 0.4.23 name it");
  set("PDM_PYPI_URL", index_url, "pdm's index");
  set("PIPENV_PYPI_MIRROR", index_url, "pipenv's index");
  set("POETRY_PYPI_MIRROR_URL", index_url, "poetry's index, by poetry-plugin-pypi-mirror");
  set("WHEELYARD_INDEX_URL", index_url, "the index, for whatever else the command runs");

  // A value that is not empty but names no index: with an empty one pip takes its configuration files'
  // instead.
  set("PIP_EXTRA_INDEX_URL", " ", "no further index is mixed in, from pip's configuration files neither");
  set("PIP_NO_INDEX", "0", "the index is used");
  for (const char* name : {"UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX"}) {
    if (environment(name)) changes.push_back({name, std::nullopt, "no further index is mixed in"});
  }
  if (const auto exempted = loopback_exempted(environment)) {
    for (const char* name : {"NO_PROXY", "no_proxy"})
      set(name, *exempted, "loopback is not reached by a proxy");
  }
  return changes;
}

std::vector<std::string> apply_changes(std::vector<std::string> environment,
                                       const std::vector<EnvironmentChange>& changes) {
  for (const EnvironmentChange& change : changes) {
    std::erase_if(environment,
                  [prefix = change.name + "="](const auto& entry) { return entry.starts_with(prefix); });
    if (change.value) environment.push_back(change.name + "=" + *change.value);
  }
  return environment;
}

std::vector<std::string> environment_strings() {
  std::vector<std::string> strings;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) strings.emplace_back(*entry);
  return strings;
}

}  // namespace wheelyard::server
