#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "wheelyard/auth/aws_config.hpp"
#include "wheelyard/base/progress.hpp"
#include "wheelyard/cli/options.hpp"
#include "wheelyard/cli/output.hpp"
#include "wheelyard/index/repository.hpp"
#include "wheelyard/store/open_store.hpp"
#include "wheelyard/transfer/place.hpp"

namespace wheelyard::cli {

struct OpenedRepository {
  std::shared_ptr<index::Repository> repository;
  std::string url;  ///< normalised, without secrets
};

/// What a verb has at hand while it runs: the common options, the output, and ways into the library.
class Session {
 public:
  Session(CommonOptions options, Output& output, auth::Environment environment)
      : options_(std::move(options)), output_(output), environment_(std::move(environment)) {}

  const CommonOptions& options() const { return options_; }
  Output& output() const { return output_; }
  const auth::Environment& environment() const { return environment_; }

  /// Settings of every store that is opened: the common options and, under --verbose, the request log.
  store::StoreSettings store_settings() const;
  /// The repository of --repo or WHEELYARD_REPO. Throws UsageError where neither is given, WrongInput for
  /// what names none.
  OpenedRepository open_repository() const;
  OpenedRepository open_repository(std::string_view url, const store::StoreSettings& settings) const;

  /// What a path, a URL or "-" of the command line names, with this run's settings. Throws WrongInput.
  transfer::Place place(std::string_view text) const;

  /// Asks the store one cheap question, so that wrong credentials, a missing bucket and the like are said at
  /// once and in words. Notes a repository in which nothing is published.
  void check_readable(const OpenedRepository& opened) const;

  /// What the numbers of progress events count.
  enum class Counted { items, bytes };
  /// Draws a progress line on a terminal, and ends the work when a signal has come. `verb`: "publishing".
  ProgressSink progress(std::string verb, Counted counted = Counted::items) const;

  /// "wheelyard exec --repo … -- pip install acme": with the options of this run that it takes to get there.
  std::string install_command(std::string_view repository_url,
                              const std::vector<std::string>& projects) const;

 private:
  CommonOptions options_;
  Output& output_;
  auth::Environment environment_;
  /// One store a bucket: they share connections, and copies within it need no other.
  mutable std::map<std::string, std::shared_ptr<store::ObjectStore>> buckets_;
};

}  // namespace wheelyard::cli
