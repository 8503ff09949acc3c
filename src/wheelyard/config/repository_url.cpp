#include "wheelyard/auth/environment.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/config/settings.hpp"

namespace wheelyard::config {

Setting repository_url(const std::string& from_command_line, const auth::Environment& environment) {
  if (!from_command_line.empty()) return {from_command_line, "--repo"};
  if (auto named = auth::non_empty(environment, "WHEELYARD_REPO"))
    return {std::move(*named), "WHEELYARD_REPO"};
  throw Error(ErrorCode::invalid_argument, "find", "the repository", "none is named",
              "give --repo s3://BUCKET/PREFIX (or a folder), or set WHEELYARD_REPO");
}

}  // namespace wheelyard::config
