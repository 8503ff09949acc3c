#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wheelyard::transfer {

/// Shell patterns: `*` is anything, "/" too; `?` one byte; `[a-z]`, `[!a-z]` one of a set; nothing escapes.
bool matches(std::string_view pattern, std::string_view path);

/// Rules in the order in which they were given: the last that fits decides; without one, all is taken
/// (https://docs.aws.amazon.com/cli/latest/reference/s3/#use-of-exclude-and-include-filters). Paths are
/// relative to the transfer's source, with "/" between parts.
class Filter {
 public:
  void include(std::string pattern) { rules_.push_back({std::move(pattern), true}); }
  void exclude(std::string pattern) { rules_.push_back({std::move(pattern), false}); }
  bool takes(std::string_view path) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    std::string pattern;
    bool take = true;
  };
  std::vector<Rule> rules_;
};

}  // namespace wheelyard::transfer
