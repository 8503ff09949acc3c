#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/state_store.hpp"

namespace wheelyard::release {

/// `verify` of what other programs see: the documented keys of each rank against what it holds, and the
/// claims of the file names.
class KeyCheck {
 public:
  /// `files`: the file names of versions that ranks hold, held or may show.
  KeyCheck(const StateStore& states, const PipelineOptions& options, Findings& findings,
           const std::map<std::string, std::vector<std::string>>& files)
      : states_(states), options_(options), findings_(findings), files_(files) {}

  /// Looks again before it tells: what somebody lays out right now is not wrong.
  void run(const PipelineState& state);

 private:
  void check_rank(const PipelineState& state, const std::string& rank);
  /// "": all is well. Else the kind of problem, and `detail` says what it is.
  std::string judge(const Manifest& manifest, const ReleaseFile& file, const std::string& key,
                    std::string& detail);
  std::set<std::string> stale_candidates(const PipelineState& state, const std::string& rank,
                                         const Manifest* manifest) const;
  bool is_stale(const std::string& name, const std::string& key) const;
  /// Whether the rank is still as it was, and nobody at work on its keys.
  bool is_quiet(const PipelineState& state, const std::string& rank) const;
  /// Once for a rank, whatever is wrong with it: bytes of others are kept, then the keys are laid out again.
  std::string lay_out(const std::string& name, const std::string& rank, const std::set<std::string>& files);
  void keep_bytes(const std::string& name, const std::string& rank, const std::string& file) const;
  void check_claims(const std::string& name, const Manifest& manifest);

  const StateStore& states_;
  const PipelineOptions& options_;
  Findings& findings_;
  const std::map<std::string, std::vector<std::string>>& files_;
};

/// Whether an intent keeps a rank's keys from being judged: somebody lays them out, or has died at it.
bool is_being_laid_out(const PipelineState& state, const std::string& rank, const PipelineOptions& options);

}  // namespace wheelyard::release
