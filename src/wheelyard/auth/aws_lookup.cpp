#include "wheelyard/auth/aws_lookup.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/text.hpp"

namespace wheelyard::auth {

Lookup& Lookup::take(const std::string* value, std::string_view origin) {
  if (!found_ && value != nullptr && !value->empty()) {
    found_ = {*value, std::string(origin)};
  }
  return *this;
}

Lookup& Lookup::given(const std::string& value, std::string_view option) {
  return take(value.empty() ? nullptr : &value, option);
}

Lookup& Lookup::variable(std::string_view name) {
  const auto value = non_empty(environment_, name);
  return take(value ? &*value : nullptr, name);
}

Lookup& Lookup::setting(std::string_view name) {
  const auto* value = find_text(profile_, name);
  return take(value, value == nullptr ? "" : profile_.find(name)->second.origin);
}

Lookup& Lookup::in_block(std::string_view block, std::string_view name) {
  const auto found = profile_.find(block);
  if (found == profile_.end() || !found->second.block) {
    return *this;
  }
  const auto value = found->second.block->find(name);
  return value == found->second.block->end() ? *this : take(&value->second, found->second.origin);
}

std::string Lookup::value_or(std::string_view fallback) const {
  return found_ ? found_->value : std::string(fallback);
}

bool Lookup::truth_or(bool fallback) const {
  return found_ ? equals_ignoring_case(found_->value, "true") : fallback;
}

void fail_value(std::string_view setting, const Found& found, const std::string& reason,
                const std::string& hint) {
  throw Error(ErrorCode::invalid_argument, "use the " + std::string(setting) + " from", found.origin, reason,
              hint);
}

std::string one_of(std::string_view setting, const std::optional<Found>& found,
                   std::initializer_list<std::string_view> allowed, std::string_view fallback,
                   bool any_case) {
  if (!found) {
    return std::string(fallback);
  }
  auto value = any_case ? to_lower(found->value) : found->value;
  if (std::ranges::find(allowed, value) == allowed.end()) {
    std::string names;
    for (const auto name : allowed) {
      names += (names.empty() ? "" : name == *(allowed.end() - 1) ? " or " : ", ") + std::string(name);
    }
    fail_value(setting, *found, "'" + printable(found->value, 80) + "' is none that exists",
               "write " + names);
  }
  return value;
}

int whole_number(std::string_view setting, const Found& found, int least) {
  int number = 0;
  const auto* end = found.value.data() + found.value.size();
  const auto [stop, failure] = std::from_chars(found.value.data(), end, number);
  if (failure != std::errc() || stop != end || number < least) {
    fail_value(setting, found,
               "'" + printable(found.value, 80) + "' is not a number of at least " + std::to_string(least),
               "write a whole number");
  }
  return number;
}

AwsProfile profile_settings(const AwsFiles& files, const std::optional<std::string>& chosen) {
  auto profile = files.profile(chosen.value_or("default"));
  if (profile || !chosen) {
    return std::move(profile).value_or(AwsProfile());
  }
  std::string names;
  for (const auto& name : files.profile_names()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  throw Error(
      ErrorCode::invalid_argument, "use the AWS profile", "'" + *chosen + "'",
      "it is neither in " + files.config_path().string() + " nor in " + files.credentials_path().string(),
      names.empty() ? "add it with: aws configure --profile NAME" : "name one of: " + names);
}

}  // namespace wheelyard::auth
