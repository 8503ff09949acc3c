#include "wheelyard/cli/options.hpp"

namespace wheelyard::cli {

void declare_common_options(OptionSet& set, CommonOptions& options) {
  set.value(options.repo, {.name = "repo",
                           .letter = 'r',
                           .value_name = "URL",
                           .help = "the repository: s3://bucket/prefix, file:///folder or a folder",
                           .environment = "WHEELYARD_REPO",
                           .completes = Completes::folders});
  set.value(options.endpoint_url, {.name = "endpoint-url",
                                   .value_name = "URL",
                                   .help = "the S3 server, where it is not Amazon's",
                                   .environment = "AWS_ENDPOINT_URL"});
  set.value(options.region, {.name = "region",
                             .value_name = "NAME",
                             .help = "the bucket's region",
                             .environment = "AWS_DEFAULT_REGION"});
  set.value(options.profile, {.name = "profile",
                              .value_name = "NAME",
                              .help = "the profile in ~/.aws/credentials and ~/.aws/config",
                              .environment = "AWS_PROFILE"});
  set.flag(options.no_sign_request,
           {.name = "no-sign-request", .help = "send no credentials: for public buckets"});
  set.flag(options.json, {.name = "json", .help = "print JSON, errors included"});
  set.flag(options.quiet, {.name = "quiet", .letter = 'q', .help = "print results and errors only"});
  set.flag(options.verbose,
           {.name = "verbose", .letter = 'v', .help = "print a line a request on standard error"});
  set.flag(options.help, {.name = "help", .letter = 'h', .help = "show this help"});
  set.flag(options.version, {.name = "version", .letter = 'V', .help = "print the version"});
}

bool is_used(const Option& option, CommonUse use) {
  const std::string& name = option.text.name;
  if (name == "version" || option.text.hidden) return false;
  if (name == "json" || name == "help") return true;
  return use == CommonUse::repository || (use == CommonUse::store && name != "repo");
}

}  // namespace wheelyard::cli
