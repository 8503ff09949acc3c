#pragma once

#include <string>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/cli/option_set.hpp"

namespace wheelyard::cli {

/// --upstream and --no-upstream, as serve and exec have them.
class UpstreamOptions {
 public:
  void declare(OptionSet& options);
  /// The index for names that the repository does not hold; "" for none. `own_url`: where this server will
  /// listen, where that is known, since no name may be redirected to the server itself.
  std::string resolve(const auth::Environment& environment, const std::string& own_url = {}) const;

 private:
  std::string upstream_;
  bool none_ = false;
};

}  // namespace wheelyard::cli
