#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_files.hpp"
#include "wheelyard/auth/environment.hpp"

namespace wheelyard::auth {

/// A value and where it was found, for messages.
struct Found {
  std::string value;
  std::string origin;
};

/// Asks one place after the other; the first that has a value that is not empty wins.
class Lookup {
 public:
  Lookup(const Environment& environment, const AwsProfile& profile)
      : environment_(environment), profile_(profile) {}

  Lookup& given(const std::string& value, std::string_view option);
  Lookup& variable(std::string_view name);
  Lookup& setting(std::string_view name);
  /// `name` in the profile's block ("s3 =" and indented lines).
  Lookup& in_block(std::string_view block, std::string_view name);

  const std::optional<Found>& found() const { return found_; }
  /// The value, or `fallback`.
  std::string value_or(std::string_view fallback) const;
  /// "true" in any case is true, any other text is false, as boto3 has it; `fallback` where nothing was
  /// found.
  bool truth_or(bool fallback) const;

 private:
  Lookup& take(const std::string* value, std::string_view origin);

  const Environment& environment_;
  const AwsProfile& profile_;
  std::optional<Found> found_;
};

/// Throws `invalid_argument`: the value cannot be right; names where it was found.
[[noreturn]] void fail_value(std::string_view setting, const Found& found, const std::string& reason,
                             const std::string& hint);

/// The value where it is one of `allowed` (compared without case when `any_case`, and given back in lower
/// case then), else `fallback` where there is none. Throws `invalid_argument` on any other.
std::string one_of(std::string_view setting, const std::optional<Found>& found,
                   std::initializer_list<std::string_view> allowed, std::string_view fallback,
                   bool any_case = false);

/// A whole number of at least `least`. Throws `invalid_argument` on anything else.
int whole_number(std::string_view setting, const Found& found, int least);

/// The settings of the profile; without a choice those of "default", if there are any. Throws
/// `invalid_argument` where one was chosen and is in neither file, naming those that are.
AwsProfile profile_settings(const AwsFiles& files, const std::optional<std::string>& chosen);

}  // namespace wheelyard::auth
