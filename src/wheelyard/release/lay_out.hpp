#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// Brings documented keys (`<rank>/<file>`) in line with what a rank holds, and strikes the intent out.
class LayOut {
 public:
  LayOut(const StateStore& states, const PipelineOptions& options) : states_(states), options_(options) {}

  enum class End {
    settled,     ///< the keys hold what the rank holds
    superseded,  ///< somebody else has put another release there and lays that out
  };
  /// `stored` holds the intent `id` for the rank; `document` is that of the release there, where it is at
  /// hand. What it throws leaves the intent: the next one goes on.
  End run(StoredState stored, const std::string& rank, const std::string& id,
          const std::optional<VersionDocument>& document) const;
  /// The same for whoever puts right what others have left. Where it fails the intent goes again (unless it
  /// was cancelled): what was wrong tells of itself the next time, and each try in vain would leave one more.
  void help(StoredState stored, const std::string& rank, const std::string& id,
            const std::optional<VersionDocument>& document) const;

 private:
  void align(const PipelineState& state, const std::string& rank,
             const std::optional<VersionDocument>& document) const;
  void copy_file(const Manifest& manifest, const ReleaseFile& file, const std::string& rank) const;
  /// Files of other versions that may lie there.
  std::vector<std::string> stale_files(const PipelineState& state, const std::string& rank,
                                       const Manifest* manifest) const;

  const StateStore& states_;
  const PipelineOptions& options_;
};

/// Writes into a rank's state what comes with a release: the document where it is small, and the files that
/// may lie at the documented keys from now on.
void hold(RankState& rank, const std::optional<VersionDocument>& document);

/// Adds an intent to lay out what the rank holds now; returns its id. `document`: of that release, none where
/// the rank is empty. For `Change::then`.
std::string add_lay_out(PipelineState& state, const std::string& rank,
                        const std::optional<VersionDocument>& document, const PipelineOptions& options);

}  // namespace wheelyard::release
