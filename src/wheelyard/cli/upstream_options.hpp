#pragma once

#include <string>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// --upstream and --no-upstream, as serve and exec have them.
class UpstreamOptions {
 public:
  void declare(OptionSet& options);
  /// The index for names that the repository does not hold; "" for none.
  std::string resolve(const auth::Environment& environment) const;

 private:
  std::string upstream_;
  bool none_ = false;
};

}  // namespace wheelyard::cli
