#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/cli/object_headers.hpp"
#include "wheelyard/cli/read_options.hpp"
#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

class Session;

/// --include and --exclude, in the order in which they were given.
void declare_filter(OptionSet& options, transfer::Filter& filter);
/// --dry-run.
void declare_dry_run(OptionSet& options, bool& dry_run);
/// --jobs.
void declare_jobs(OptionSet& options, std::uint64_t& jobs);

/// What `cp`, `mv` and `sync` have in common.
class TransferFlags {
 public:
  /// `single`: --if-match too, which is for one object.
  void declare(OptionSet& options, bool single);

  bool dry_run() const { return options_.dry_run; }
  /// What was parsed, for a transfer between such places. Throws UsageError for options that have no meaning
  /// there.
  transfer::TransferOptions options(const transfer::Place& source, const transfer::Place& target) const;

 private:
  store::VendorHeaders source_headers(const transfer::Place& source, const transfer::Place& target) const;

  transfer::TransferOptions options_;
  std::uint64_t jobs_ = 0;
  bool no_follow_ = false;
  ObjectHeaders headers_;
  ReadOptions access_;
  ReadOptions source_access_;
};

}  // namespace wheelyard::cli
