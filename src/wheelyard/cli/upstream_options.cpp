#include "wheelyard/cli/upstream_options.hpp"

#include "wheelyard/config/settings.hpp"

namespace wheelyard::cli {

void UpstreamOptions::declare(OptionSet& options) {
  options.flag(none_, {.name = "no-upstream", .help = "answer only from the repository"});
  options.value(upstream_,
                {.name = "upstream",
                 .value_name = "URL",
                 .help = "the index for names that the repository does not hold; else the one that pip "
                         "or uv is configured for",
                 .excludes = "no-upstream"});
}

std::string UpstreamOptions::resolve(const auth::Environment& environment, const std::string& own_url) const {
  return none_ ? "" : config::upstream_index(upstream_, environment, own_url).value;
}

}  // namespace wheelyard::cli
