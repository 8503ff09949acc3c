#pragma once

#include <string>

#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/store/object_types.hpp"

namespace wheelyard::cli {

/// What S3 wants to hear with every request for some objects and buckets: the key of an object that is
/// encrypted with one's own, who pays, whose bucket it has to be.
class ReadOptions {
 public:
  /// `with_key`: also --sse-c-key-file.
  void declare(OptionSet& options, bool with_key = true);
  /// For the source of a copy that is in another hand than its target: --source-….
  void declare_for_source(OptionSet& options);

  /// Reads the key's file. Throws Error where it holds none.
  store::VendorHeaders headers() const;
  bool any() const { return !key_file_.empty() || requester_pays_ || !bucket_owner_.empty(); }

 private:
  std::string key_file_;
  bool requester_pays_ = false;
  std::string bucket_owner_;
};

}  // namespace wheelyard::cli
