#include <algorithm>

#include "wheelyard/base/error.hpp"
#include "wheelyard/base/io.hpp"
#include "wheelyard/base/nearest_word.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/config/wheelyard_toml.hpp"

namespace wheelyard::config {
namespace {

constexpr std::uint64_t longest_file = 1u << 20;  // bytes

WheelyardToml read_wheelyard_toml(const std::filesystem::path& path, const std::string& origin) {
  std::string text;
  try {
    text = read_file(path, longest_file);
  } catch (const Error& error) {
    const std::string named = origin.empty() ? "" : " (named by " + origin + ")";
    throw Error(ErrorCode::invalid_argument, "read", path.string() + named, error.details().reason,
                "check the path, and that it may be read");
  }
  return parse_wheelyard_toml(text, path);
}

std::optional<WheelyardToml> file_of(const ReleaseOverrides& overrides, const auth::Environment& environment,
                                     const std::filesystem::path& folder) {
  const auto given_as = overrides.given_as;
  if (!overrides.config.empty())
    return read_wheelyard_toml(folder / overrides.config, given_name(given_as, "config"));
  if (const auto named = auth::non_empty(environment, "WHEELYARD_CONFIG"))
    return read_wheelyard_toml(folder / *named, "WHEELYARD_CONFIG");
  if (const auto found = find_wheelyard_toml(folder, given_as)) return read_wheelyard_toml(*found, "");
  return std::nullopt;
}

std::string spelled(const WheelyardToml& file, std::string_view setting) {
  return file.path.string() + " [release] " + std::string(setting);
}

/// AWS_S3_BUCKET is a bucket's name, or whatever else names a store.
std::string url_of_bucket(const std::string& bucket) {
  const bool is_name = bucket.find_first_of("/:") == std::string::npos;
  return is_name ? "s3://" + bucket : bucket;
}

Setting store_of(const ReleaseOverrides& overrides, const auth::Environment& environment,
                 const std::optional<WheelyardToml>& file) {
  if (!overrides.store.empty()) return {overrides.store, given_name(overrides.given_as, "store")};
  if (auto named = auth::non_empty(environment, "WHEELYARD_RELEASE_STORE"))
    return {std::move(*named), "WHEELYARD_RELEASE_STORE"};
  if (file && !file->store.empty()) return {file->store, spelled(*file, "store")};
  if (const auto bucket = auth::non_empty(environment, "AWS_S3_BUCKET"))
    return {url_of_bucket(*bucket), "AWS_S3_BUCKET"};
  throw Error(ErrorCode::invalid_argument, "find", "the store of the releases", "none is named",
              "say " + given_value(overrides.given_as, "store", "s3://bucket/prefix") +
                  " (or a folder), set WHEELYARD_RELEASE_STORE, or write store = "
                  "into [release] of a wheelyard.toml");
}

/// The ranks in order, and whence.
Setting ranks_text_of(const ReleaseOverrides& overrides, const auth::Environment& environment,
                      bool last_resort) {
  if (!last_resort && overrides.ranks) return {*overrides.ranks, given_name(overrides.given_as, "ranks")};
  const auto* name = last_resort ? "AWS_S3_RANKS" : "WHEELYARD_RELEASE_RANKS";
  // Set to nothing is no less set: a variable that came to nothing must not change the pipeline.
  if (const auto named = environment(name)) return {*named, name};
  return {};
}

void take_ranks_of(ReleaseSettings& settings, const WheelyardToml& file) {
  for (const auto& rank : file.ranks) settings.rules.ranks.push_back({.rank = rank});
  settings.ranks_origin = spelled(file, "ranks");
}

void take_ranks(ReleaseSettings& settings, const ReleaseOverrides& overrides,
                const auth::Environment& environment, const std::optional<WheelyardToml>& file) {
  auto text = ranks_text_of(overrides, environment, false);
  if (text.origin.empty() && file && !file->ranks.empty()) return take_ranks_of(settings, *file);
  if (text.origin.empty()) text = ranks_text_of(overrides, environment, true);
  if (text.origin.empty()) {
    throw Error(ErrorCode::invalid_argument, "find", "the ranks of the pipeline", "none are named",
                "say " + given_value(overrides.given_as, "ranks", "qa,staging,production") +
                    ", set WHEELYARD_RELEASE_RANKS, or write ranks = [\"qa\", "
                    "\"staging\", \"production\"] into [release] of a wheelyard.toml");
  }
  settings.rules = release::rules_from_ranks(text.value, text.origin);
  settings.ranks_origin = text.origin;
}

std::vector<std::string> names_of(const release::PipelineRules& rules) {
  std::vector<std::string> names;
  for (const auto& rank : rules.ranks) names.push_back(rank.rank);
  return names;
}

/// Rules of the file hold for ranks of their names, whoever named the ranks.
void take_rules(ReleaseSettings& settings, const WheelyardToml& file) {
  const auto in_force = names_of(settings.rules);
  const auto& known = file.ranks.empty() ? in_force : file.ranks;
  for (const auto& [rank, rules] : file.rules) {
    const auto refuse = [&, name = rank](const std::string& reason, const std::string& hint) {
      throw Error(ErrorCode::invalid_argument, "use", "[release.rules." + name + "] of " + file.path.string(),
                  reason, hint);
    };
    if (std::ranges::find(known, rank) == known.end()) {
      const auto meant = did_you_mean(rank, known);
      refuse("the pipeline has no rank '" + rank + "'",
             meant.empty() ? "its ranks are " + join(known, ", ") : meant);
    }
    if (rank == in_force.front()) {
      refuse("'" + rank + "' is the first rank, into which releases are pushed: rules are for promotions",
             "move them to the rank that they are to guard");
    }
    const auto place = std::ranges::find(settings.rules.ranks, rank, &release::RankRules::rank);
    if (place != settings.rules.ranks.end()) *place = rules;
  }
  if (!file.ranks.empty() && in_force != file.ranks) {
    settings.warnings.push_back("the ranks are those of " + settings.ranks_origin + " (" +
                                join(in_force, ", ") + "), not those of " + file.path.string() + " (" +
                                join(file.ranks, ", ") + ")");
  }
}

/// The rest, once store and ranks are known.
void take_file(ReleaseSettings& settings, const ReleaseOverrides& overrides,
               const auth::Environment& environment, const std::optional<WheelyardToml>& file) {
  if (file) settings.file = file->path;
  if (file) take_rules(settings, *file);
  if (file && file->keep) settings.rules.keep = *file->keep;
  if (!overrides.identity.empty()) {
    settings.identity = {overrides.identity, given_name(overrides.given_as, "identity")};
  } else if (auto named = auth::non_empty(environment, "WHEELYARD_IDENTITY")) {
    settings.identity = {std::move(*named), "WHEELYARD_IDENTITY"};
  } else if (file && !file->identity.empty()) {
    settings.identity = {file->identity, spelled(*file, "identity")};
  }
}

/// A variable of s3p. None where it is not set and the file names the same; set to nothing it is an error.
std::optional<std::string> s3p_variable(const auth::Environment& environment, const std::string& name,
                                        const std::string& what, const std::string& example,
                                        bool is_in_file) {
  auto value = environment(name);
  if (value && !trim(*value).empty()) return value;
  if (!value && is_in_file) return std::nullopt;
  throw Error(ErrorCode::invalid_argument, "find", what, name + (value ? " is empty" : " is not set"),
              "say " + name + "=" + example);
}

}  // namespace

ReleaseSettings release_settings(const ReleaseOverrides& overrides, const auth::Environment& environment,
                                 const std::filesystem::path& folder) {
  ReleaseSettings settings;
  const auto file = file_of(overrides, environment, folder);
  settings.store = store_of(overrides, environment, file);
  take_ranks(settings, overrides, environment, file);
  take_file(settings, overrides, environment, file);
  return settings;
}

ReleaseSettings s3p_settings(const auth::Environment& environment, const std::filesystem::path& folder) {
  ReleaseSettings settings;
  const auto file = file_of({}, environment, folder);
  const auto ranks = s3p_variable(environment, "AWS_S3_RANKS", "the ranks", "\"qa, staging, production\"",
                                  file && !file->ranks.empty());
  const auto bucket =
      s3p_variable(environment, "AWS_S3_BUCKET", "the bucket", "my-releases", file && !file->store.empty());
  if (ranks) {
    settings.rules = release::rules_from_ranks(*ranks, "AWS_S3_RANKS");
    settings.ranks_origin = "AWS_S3_RANKS";
  } else {
    take_ranks_of(settings, *file);
  }
  settings.store = bucket ? Setting{url_of_bucket(*bucket), "AWS_S3_BUCKET"}
                          : Setting{file->store, spelled(*file, "store")};
  take_file(settings, {}, environment, file);
  return settings;
}

}  // namespace wheelyard::config
