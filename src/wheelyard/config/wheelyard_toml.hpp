#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wheelyard/config/given_as.hpp"
#include "wheelyard/config/settings.hpp"
#include "wheelyard/release/rules.hpp"

namespace wheelyard::config {

/// What a `wheelyard.toml` says of releases (docs/wheelyard-toml.md).
struct WheelyardToml {
  std::filesystem::path path;
  std::string store;  ///< "" where it names none; a relative path is taken from the file's folder
  std::vector<std::string> ranks;
  std::optional<std::size_t> keep;
  std::string identity;
  std::map<std::string, release::RankRules> rules;  ///< by rank
};

/// Throws `invalid_argument` on text that is not TOML, on settings that it does not know and on values that
/// cannot be right, naming the file and the line: what is misspelled must not be passed over, since it may be
/// a gate.
WheelyardToml parse_wheelyard_toml(std::string_view text, const std::filesystem::path& path);

/// `wheelyard.toml` in `folder` or the nearest folder above it, up to the root of its repository (the first
/// one with a `.git`). None where there is none. Throws `invalid_argument` where one above `folder` belongs
/// to another user: it may name commands that would be run. `given_as`: how hints speak of another file.
std::optional<std::filesystem::path> find_wheelyard_toml(const std::filesystem::path& folder,
                                                         GivenAs given_as = GivenAs::options);

/// What stands on a command line, or is given by a program; "" (none) for what was not given.
struct ReleaseOverrides {
  std::string store;                 ///< --store
  std::optional<std::string> ranks;  ///< --ranks
  std::string config;                ///< --config
  std::string identity;              ///< --identity
  GivenAs given_as = GivenAs::options;
};

/// What the release verbs work with, and where each of it comes from.
struct ReleaseSettings {
  Setting store;                 ///< an URL or a folder
  release::PipelineRules rules;  ///< the file's rules hold for ranks of their names, wherever ranks come from
  std::string ranks_origin;
  Setting identity;                   ///< "" where none is named
  std::filesystem::path file;         ///< the wheelyard.toml that was read; "" for none
  std::vector<std::string> warnings;  ///< for a person
};

/// The overrides, else the environment (WHEELYARD_RELEASE_STORE, WHEELYARD_RELEASE_RANKS, WHEELYARD_IDENTITY,
/// WHEELYARD_CONFIG), else the file, else s3p's variables (AWS_S3_BUCKET, AWS_S3_RANKS). `folder`: where the
/// search for the file begins. Throws `invalid_argument` where there is no store, or no ranks, or they cannot
/// be right.
ReleaseSettings release_settings(const ReleaseOverrides& overrides, const auth::Environment& environment,
                                 const std::filesystem::path& folder);

/// The same for s3p: AWS_S3_BUCKET and AWS_S3_RANKS go before the file, and no other variable or flag names
/// store or ranks. The file's rules hold as they do for the release verbs.
ReleaseSettings s3p_settings(const auth::Environment& environment, const std::filesystem::path& folder);

}  // namespace wheelyard::config
