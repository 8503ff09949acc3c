#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wheelyard/auth/credentials.hpp"
#include "wheelyard/base/clock.hpp"

namespace wheelyard::auth {

/// A JSON object as AWS's small services and credential processes write it. Cheap to copy.
class JsonObject {
 public:
  /// None where the text is malformed, nested deeper than 16, or no object.
  static std::optional<JsonObject> parse(std::string_view text);

  /// Whether it is there and not null.
  bool contains(std::string_view name) const;
  /// None where it is not there or is no text.
  std::optional<std::string> text(std::string_view name) const;
  /// None where it is not there or is no whole number.
  std::optional<std::int64_t> number(std::string_view name) const;
  /// None where it is not there or is no object.
  std::optional<JsonObject> object(std::string_view name) const;

 private:
  struct Node;
  explicit JsonObject(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
};

/// A JSON object of texts.
std::string to_json(const std::vector<std::pair<std::string, std::string>>& members);

/// The times that AWS's tools write: RFC 3339, also with "UTC" or an offset without its colon.
std::optional<TimePoint> parse_aws_time(std::string_view text);

/// AccessKeyId, SecretAccessKey, the token under `token_name`, and Expiration, as a credential process, a
/// container and an instance answer. A token and an expiry may be missing where `temporary` is false. Throws
/// `unauthenticated`, naming `origin` and what is missing or cannot be read.
Credentials credentials_from(const JsonObject& answer, std::string_view token_name, bool temporary,
                             const std::string& origin);

}  // namespace wheelyard::auth
