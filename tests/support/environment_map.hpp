#pragma once

#include <map>
#include <optional>
#include <string>

#include "wheelyard/auth/environment.hpp"

namespace wheelyard::test_support {

/// An environment of these variables and no others.
inline auth::Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace wheelyard::test_support
