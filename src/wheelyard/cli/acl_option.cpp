#include "wheelyard/cli/acl_option.hpp"

namespace wheelyard::cli {

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
void declare_acl(OptionSet& options, std::string& acl) {
  options.value(acl, {.name = "acl",
                      .value_name = "ACL",
                      .help = "a canned ACL for what is written, where the bucket has ACLs",
                      .choices = {"private", "public-read", "public-read-write", "authenticated-read",
                                  "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"}});
}

}  // namespace wheelyard::cli
