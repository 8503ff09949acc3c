#include "wheelyard/cli/transfer_options.hpp"

#include <limits>

namespace wheelyard::cli {
namespace {

using Kind = transfer::Place::Kind;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
constexpr std::uint64_t least_part = std::uint64_t{5} << 20;
constexpr std::uint64_t most_part = std::uint64_t{5} << 30;
constexpr std::uint64_t most_jobs = 256;

}  // namespace

void declare_filter(OptionSet& options, transfer::Filter& filter) {
  options.each([&filter](const std::string& pattern) { filter.include(pattern); },
               {.name = "include",
                .value_name = "PATTERN",
                .help = "take what fits after all; of --include and --exclude the last that fits decides"});
  options.each([&filter](const std::string& pattern) { filter.exclude(pattern); },
               {.name = "exclude",
                .value_name = "PATTERN",
                .help = "leave out what fits: * is anything, ? one letter, [ab] one of these"});
}

void declare_dry_run(OptionSet& options, bool& dry_run) {
  options.flag(dry_run,
               {.name = "dry-run", .letter = 'n', .help = "say what would be done, changing nothing"});
}

void declare_jobs(OptionSet& options, std::uint64_t& jobs) {
  options.number(jobs, 1, most_jobs,
                 {.name = "jobs",
                  .letter = 'j',
                  .value_name = "N",
                  .help = "requests at once; else as many as go well"});
}

void TransferFlags::declare(OptionSet& options, bool single) {
  declare_filter(options, options_.filter);
  declare_dry_run(options, options_.dry_run);
  options.flag(options_.if_absent, {.name = "if-absent", .help = "leave alone what is there already"});
  if (single) {
    options.value(options_.if_match,
                  {.name = "if-match",
                   .value_name = "ETAG",
                   .help = "only over a target (download: from a source) that has this ETag",
                   .excludes = "if-absent"});
  }
  declare_jobs(options, jobs_);
  options.bytes(options_.part_size, least_part, most_part,
                {.name = "part-size",
                 .value_name = "SIZE",
                 .help = "of the parts in which large objects go, as 8MiB; else by the object's size"});
  options.bytes(options_.limit_rate, 1024, std::numeric_limits<std::int64_t>::max(),
                {.name = "limit-rate", .value_name = "RATE", .help = "bytes a second over all, as 10MiB/s"});
  options.flag_off(options_.resume,
                   {.name = "no-resume", .help = "begin anew, whatever a run that broke off has left"});
  options.flag(no_follow_,
               {.name = "no-follow-symlinks", .help = "pass over symbolic links in local folders"});
  options.flag(options_.follow_symlinks, {.name = "follow-symlinks",
                                          .help = "take what they lead to, as is the rule",
                                          .excludes = "no-follow-symlinks"});
  options.flag(options_.preserve,
               {.name = "preserve",
                .letter = 'p',
                .help = "keep time of change and mode of files, in the objects' metadata"});
  options.flag_off(options_.guess_content_type,
                   {.name = "no-guess-mime-type", .help = "no content type by the file's name"});
  headers_.declare(options);
  access_.declare(options);
  source_access_.declare_for_source(options);
}

transfer::TransferOptions TransferFlags::options(const transfer::Place& source,
                                                 const transfer::Place& target) const {
  auto options = options_;
  options.jobs = jobs_;
  if (no_follow_) options.follow_symlinks = false;
  const bool writes_objects = target.kind == Kind::store;
  if (!writes_objects && !headers_.first_given().empty()) {
    throw UsageError(headers_.first_given() + " is for objects, and " + target.describe() + " is none",
                     "leave it away");
  }
  if (!writes_objects && source.kind != Kind::store && access_.any()) {
    throw UsageError("neither side is in a bucket", "leave the options for buckets away");
  }
  if (source_access_.any() && (source.kind != Kind::store || !writes_objects)) {
    throw UsageError("--source-… options are for copies between buckets",
                     "leave '--source-' away: --sse-c-key-file, --expected-bucket-owner");
  }
  options.put = headers_.put();
  const auto access = access_.headers();
  if (writes_objects) options.put.vendor.insert(access.begin(), access.end());
  options.get_vendor = source_headers(source, target);
  return options;
}

store::VendorHeaders TransferFlags::source_headers(const transfer::Place& source,
                                                   const transfer::Place& target) const {
  if (source.kind != Kind::store) return {};
  if (target.kind != Kind::store) return access_.headers();
  auto headers = source_access_.headers();
  // Who pays is one answer for both sides; a key and an owner are each side's own.
  if (const auto access = access_.headers(); access.contains("x-amz-request-payer"))
    headers["x-amz-request-payer"] = access.at("x-amz-request-payer");
  return headers;
}

}  // namespace wheelyard::cli
