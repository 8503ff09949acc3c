#include <algorithm>
#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"
#include "wheelyard/config/settings.hpp"
#include "wheelyard/config/uv_config.hpp"

namespace wheelyard::config {
namespace {

std::optional<Setting> from_variable(const auth::Environment& environment, const std::string& name) {
  auto value = auth::non_empty(environment, name);
  return value ? std::optional(Setting{std::move(*value), name}) : std::nullopt;
}

/// PIP_INDEX_URL, then what `pip install` reads: its own section goes ahead of [global], whichever file that
/// is in.
std::optional<Setting> from_pip(const auth::Environment& environment) {
  if (auto found = from_variable(environment, "PIP_INDEX_URL")) return found;
  if (auto found = pip_setting("install", "index-url", environment)) return found;
  return pip_setting("global", "index-url", environment);
}

/// uv allows "name=URL" in its variables.
std::string without_index_name(const std::string& text) {
  const auto equals = text.find('=');
  const auto is_name_character = [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; };
  const bool named =
      equals != std::string::npos && equals > 0 &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), is_name_character);
  return named ? text.substr(equals + 1) : text;
}

std::optional<Setting> from_uv(const auth::Environment& environment) {
  for (const auto* name : {"UV_DEFAULT_INDEX", "UV_INDEX_URL"}) {
    if (auto found = from_variable(environment, name)) {
      found->value = without_index_name(found->value);
      return found;
    }
  }
  return uv_default_index(environment);
}

Setting checked(Setting setting) {
  const auto reject = [&](const std::string& reason) {
    throw Error(ErrorCode::invalid_argument, "use the upstream index from", setting.origin, reason,
                "give --upstream https://HOST/simple, or --no-upstream");
  };
  setting.value = trim(setting.value);
  Url url;
  try {
    url = Url::parse(setting.value);
  } catch (const Error&) {
    reject("it is not a URL");
  }
  if (url.scheme != "http" && url.scheme != "https") {
    reject("only http and https can be redirected to, and its scheme is '" + url.scheme + "'");
  }
  while (setting.value.ends_with('/')) {
    setting.value.pop_back();
  }
  return setting;
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "::" ||
         host == "0.0.0.0";
}

std::uint16_t port_of(const Url& url) {
  return url.port.value_or(url.scheme == "https" ? 443 : 80);
}

bool is_own(const Setting& setting, const std::string& own_url) {
  if (own_url.empty()) return false;
  const auto own = Url::parse(own_url);
  const auto url = Url::parse(setting.value);
  const bool same_host = url.host == own.host || (is_this_machine(url.host) && is_this_machine(own.host));
  return same_host && port_of(url) == port_of(own);
}

}  // namespace

Setting upstream_index(const std::string& from_command_line, const auth::Environment& environment,
                       const std::string& own_url) {
  if (!from_command_line.empty()) {
    auto given = checked({from_command_line, "--upstream"});
    if (is_own(given, own_url)) {
      throw Error(ErrorCode::invalid_argument, "use the upstream index from", "--upstream",
                  "it is this server itself", "name another index, or give --no-upstream");
    }
    return given;
  }
  for (const auto find : {from_pip, from_uv}) {
    if (auto found = find(environment)) {
      auto usable = checked(std::move(*found));
      if (!is_own(usable, own_url)) return usable;
    }
  }
  const std::string built_in = WHEELYARD_DEFAULT_UPSTREAM;
  if (built_in.empty()) return {};
  return checked({built_in, "the build's WHEELYARD_DEFAULT_UPSTREAM"});
}

}  // namespace wheelyard::config
