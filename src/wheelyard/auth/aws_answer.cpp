#include "wheelyard/auth/aws_answer.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {
namespace {

constexpr int kDeepest = 16;

}  // namespace

struct JsonObject::Node {
  nlohmann::json value;

  const nlohmann::json* find(std::string_view name) const {
    const auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
  }
};

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  auto value = nlohmann::json::parse(text, watch, false);
  if (too_deep || !value.is_object()) {
    return std::nullopt;
  }
  return JsonObject(std::make_shared<const Node>(Node{std::move(value)}));
}

bool JsonObject::contains(std::string_view name) const {
  const auto* found = node_->find(name);
  return found != nullptr && !found->is_null();
}

std::optional<std::string> JsonObject::text(std::string_view name) const {
  const auto* found = node_->find(name);
  return found == nullptr || !found->is_string() ? std::nullopt
                                                 : std::optional(found->get_ref<const std::string&>());
}

std::optional<std::int64_t> JsonObject::number(std::string_view name) const {
  const auto* found = node_->find(name);
  return found == nullptr || !found->is_number_integer() ? std::nullopt
                                                         : std::optional(found->get<std::int64_t>());
}

std::optional<JsonObject> JsonObject::object(std::string_view name) const {
  const auto* found = node_->find(name);
  if (found == nullptr || !found->is_object()) {
    return std::nullopt;
  }
  return JsonObject(std::make_shared<const Node>(Node{*found}));
}

std::string to_json(const std::vector<std::pair<std::string, std::string>>& members) {
  auto object = nlohmann::json::object();
  for (const auto& [name, value] : members) {
    object[name] = value;
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<TimePoint> parse_aws_time(std::string_view text) {
  std::string rewritten(trim(text));
  if (rewritten.ends_with("UTC") || rewritten.ends_with("GMT")) {
    rewritten.replace(rewritten.size() - 3, 3, "Z");
  }
  const auto size = rewritten.size();
  if (size > 5 && (rewritten[size - 5] == '+' || rewritten[size - 5] == '-') && rewritten.contains(':')) {
    rewritten.insert(size - 2, ":");
  }
  if (size > 10 && rewritten[10] == ' ') {
    rewritten[10] = 'T';
  }
  return parse_rfc3339(rewritten);
}

Credentials credentials_from(const JsonObject& answer, std::string_view token_name, bool temporary,
                             const std::string& origin) {
  const auto failure = [&](const std::string& reason) {
    return Error(ErrorCode::unauthenticated, "get credentials from", origin, reason,
                 "see what answers there: it is to give AccessKeyId, SecretAccessKey, " +
                     std::string(token_name) + " and Expiration");
  };
  const auto required = [&](std::string_view name) {
    auto value = answer.text(name);
    if (!value || value->empty()) {
      throw failure("its answer has no " + std::string(name));
    }
    return std::move(*value);
  };
  Credentials found;
  found.access_key_id = required("AccessKeyId");
  found.secret_access_key = required("SecretAccessKey");
  found.session_token = temporary ? required(token_name) : answer.text(token_name).value_or("");
  found.origin = origin;
  if (temporary || answer.text("Expiration")) {
    const auto expiration = required("Expiration");
    found.expires_at = parse_aws_time(expiration);
    if (!found.expires_at) {
      throw failure("its Expiration '" + printable(expiration, 60) + "' is not a time");
    }
  } else if (answer.contains("Expiration")) {
    throw failure("its Expiration is not a text");
  }
  return found;
}

}  // namespace wheelyard::auth
