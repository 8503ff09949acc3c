#include <algorithm>
#include <filesystem>

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/compat/argparse_text.hpp"
#include "wheelyard/cli/compat/s3p_output.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/release/release_command.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/verb_list.hpp"
#include "wheelyard/config/wheelyard_toml.hpp"
#include "wheelyard/release/held.hpp"
#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::cli {
namespace {

using compat::Record;
using release::Refusal;
using release::Refused;

const std::string skipped = "could not promote, trying to skip rank?";

/// s3p, through the release pipeline: a release is a file, named as its last part.
class S3p : public Command {
 public:
  void declare(OptionSet& options) override {
    options.value(version_, {.name = "version",
                             .value_name = "VERSION",
                             .help = "set version identifier, timestamp, md5, commit hash, etc"});
    options.value(download_, {.name = "download",
                              .value_name = "PATH",
                              .help = "download file from rank to PATH",
                              .completes = Completes::files});
    options.flag(get_version_, {.name = "get-version", .help = "get version identifier from rank"});
    options.flag(get_versions_, {.name = "get-versions", .help = "get version identifiers from all ranks"});
    options.flag(info_, {.name = "info", .help = "get all that is known of the file in every rank"});
    options.argument(path_, {.name = "filepath",
                             .help = "the file; its name is the release's",
                             .required = true,
                             .completes = Completes::files});
    options.argument(rank_, {.name = "rank", .help = "one of AWS_S3_RANKS"});
  }

  int run(Session& session) override {
    check_command_line(session);
    compat::S3pOutput output(session.output());
    try {
      return work(session, output);
    } catch (const Refused& refused) {
      return output.refuse(refused.details().reason, refused.hint(), refused);
    } catch (const Error& error) {
      if (interrupted_by() != 0) throw;
      if (error.code() == ErrorCode::invalid_argument)
        return output.refuse(error.what(), error.hint(), error);
      return output.fail(error);
    }
  }

 private:
  void check_command_line(const Session& session) const {
    if (!session.options().repo.empty()) {
      throw UsageError("--repo is not for this command", "set AWS_S3_BUCKET");
    }
    if (int{download_.has_value()} + int{get_version_} + int{get_versions_} + int{info_} > 1) {
      throw UsageError("--download, --get-version, --get-versions and --info cannot stand together");
    }
    if (download_ && download_->empty()) throw UsageError("--download is given without a path");
    if (rank_.empty() && !get_versions_ && !info_) throw UsageError("missing rank");
  }

  int work(Session& session, compat::S3pOutput& output) {
    const auto name = std::filesystem::path(path_.front()).filename().string();
    const auto settings = config::s3p_settings(session.environment(), std::filesystem::current_path());
    for (const auto& warning : settings.warnings) output.note(warning);
    const auto& rules = settings.rules;
    release::check_file_name(name);
    if (!rank_.empty() && rules.find(rank_.front()) == nullptr) {
      std::vector<std::string> ranks;
      for (const auto& rank : rules.ranks) ranks.push_back(rank.rank);
      return output.refuse("invalid rank", settings.ranks_origin + " has " + join(ranks, ", "),
                           Refused(Refusal::unknown_rank, "promote to", rank_.front(), "invalid rank"));
    }
    if (version_) release::check_version(*version_);
    const auto pipeline = open_pipeline(session, settings, true).pipeline;
    if (looks()) take_over_to_look(*pipeline, name, output);
    if (get_versions_) return output.versions(versions_of(*pipeline, name, rules));
    if (get_version_) {
      auto versions = versions_of(*pipeline, name, rules);
      std::erase_if(versions, [&](const auto& each) { return each.first != rank_.front(); });
      return output.versions(versions);
    }
    if (info_) return output.records(info(*pipeline, name, rules));
    if (download_) return download(session, *pipeline, name, output);
    return promote(session, *pipeline, name, output);
  }

  int promote(Session& session, release::Pipeline& pipeline, const std::string& name,
              compat::S3pOutput& output) {
    const std::string& rank = rank_.front();
    release::StepReport report;
    try {
      report = take_step(session, pipeline, name);
    } catch (const Refused& refused) {
      session.output().progress("");
      return explain(pipeline, name, refused, output);
    }
    session.output().progress("");
    if (report.outcome == release::StepReport::Outcome::unchanged)
      return output.already(name, report.manifest.version, rank);
    return output.promoted(name, report.manifest.version, rank, report.manifest.digest());
  }

  /// A bucket that is missing is made.
  release::StepReport take_step(Session& session, release::Pipeline& pipeline,
                                const std::string& name) const {
    try {
      return push_or_promote(session, pipeline, name);
    } catch (const Refused&) {
      throw;
    } catch (const Error& error) {
      const bool told = error.code() == ErrorCode::not_found && error.details().http_status != 0;
      if (!told) throw;
    }
    // Somebody else may have made it since. Whatever else was missing is told of again.
    if (!pipeline.store().bucket_exists()) make_bucket(pipeline.store());
    return push_or_promote(session, pipeline, name);
  }

  release::StepReport push_or_promote(Session& session, release::Pipeline& pipeline,
                                      const std::string& name) const {
    const std::string& rank = rank_.front();
    pipeline.take_over(name);
    if (rank == pipeline.rules().ranks.front().rank) {
      return pipeline.push({.files = {path_.front()},
                            .name = name,
                            .version = version_.value_or(""),
                            .note = {},
                            .take_over = false,
                            .progress = session.progress("uploading")});
    }
    return pipeline.promote({.name = name,
                             .version = version_.value_or(""),
                             .rank = rank,
                             .from = {},
                             .expect_digest = {},
                             .note = {},
                             .progress = session.progress("promoting")});
  }

  static void make_bucket(store::ObjectStore& store) {
    try {
      store.make_bucket();
    } catch (const Error& error) {
      // Somebody else has made it at the same moment; of one that is another account's the push will tell.
      if (error.code() != ErrorCode::already_exists) throw;
    }
  }

  /// What s3p says where a promotion is not possible.
  int explain(release::Pipeline& pipeline, const std::string& name, const Refused& refused,
              compat::S3pOutput& output) const {
    const std::string& rank = rank_.front();
    switch (refused.refusal()) {
      case Refusal::nothing_to_promote:
      case Refusal::unknown_release:
      case Refusal::skipped_rank:
        return output.refuse(skipped, "", refused);
      case Refusal::other_version:
        // Nothing was asked for: somebody else was faster, which has nothing to do with skipping.
        if (!version_) return output.refuse(refused.details().reason, refused.hint(), refused);
        if (holds(pipeline, name)) return output.already(name, *version_, rank);
        return output.refuse(skipped, refused.details().reason, refused);
      case Refusal::version_taken:
        if (holds(pipeline, name)) {
          output.note("the file here has other bytes than that version, which stays what it is");
          return output.already(name, *version_, rank);
        }
        break;
      default:
        break;
    }
    throw refused;
  }

  /// Whether the rank holds the version that was asked for.
  bool holds(release::Pipeline& pipeline, const std::string& name) const {
    if (!version_) return false;
    const auto status = pipeline.status(name);
    return status && std::ranges::any_of(status->ranks, [&](const release::RankStatus& each) {
             return each.rank == rank_.front() && each.standing &&
                    each.standing->release.version == *version_;
           });
  }

  bool looks() const { return get_versions_ || get_version_ || info_ || download_; }

  /// What a released s3p has written is taken over first. Whoever may not write sees what can be read: all of
  /// it in a bucket that has no history yet, else what the history says.
  static void take_over_to_look(release::Pipeline& pipeline, const std::string& name,
                                compat::S3pOutput& output) {
    try {
      pipeline.take_over(name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::permission_denied && error.code() != ErrorCode::unauthenticated) throw;
      const auto status = pipeline.status(name);
      if (!status) return;
      if (!status->adopted) return note_without_version(*status, output);
      output.note("what another program has put into " + pipeline.rules().ranks.front().rank +
                  " is not taken over, and this is what the history says: " + error.what());
    }
  }

  /// Else it would read as a rank that holds nothing.
  static void note_without_version(const release::NameStatus& status, compat::S3pOutput& output) {
    for (const auto& rank : status.ranks) {
      if (rank.standing && rank.standing->release.version.empty())
        output.note(rank.rank + " holds " + status.name +
                    ", which says no version: it gets one when somebody takes it over who may write");
    }
  }

  int download(Session& session, release::Pipeline& pipeline, const std::string& name,
               compat::S3pOutput& output) const {
    const auto report = pipeline.download({.name = name,
                                           .rank = rank_.front(),
                                           .version = version_.value_or(""),
                                           .to = *download_,
                                           .progress = session.progress("downloading")});
    session.output().progress("");
    return output.downloaded(name, report.manifest.version, rank_.front(), report.paths.at(0).string());
  }

  static compat::RankVersions versions_of(release::Pipeline& pipeline, const std::string& name,
                                          const release::PipelineRules& rules) {
    compat::RankVersions versions;
    for (const auto& rank : rules.ranks) versions.emplace_back(rank.rank, "");
    const auto status = pipeline.status(name);
    if (!status) return versions;
    for (auto& [rank, version] : versions) {
      for (const auto& each : status->ranks) {
        if (each.rank == rank && each.standing) version = each.standing->release.version;
      }
    }
    return versions;
  }

  static std::vector<Record> info(release::Pipeline& pipeline, const std::string& name,
                                  const release::PipelineRules& rules) {
    const auto held = release::held_releases(pipeline, name);
    std::vector<Record> records;
    for (const auto& rank : rules.ranks) {
      Record record{{"rank", rank.rank}};
      if (const auto found = held.find(rank.rank); found != held.end()) {
        const auto told = release::bytes_info(pipeline, found->second);
        const auto& file = found->second.manifest.files.at(0);
        record.insert(record.end(), {{"name", rank.rank + "/" + file.name},
                                     {"size", std::to_string(file.size)},
                                     {"etag", told.etag},
                                     {"md5", compat::md5_of(told.etag)},
                                     {"last_modified", to_http_date(found->second.standing.since)},
                                     {"content_type", told.content_type},
                                     {"content_encoding", told.content_encoding},
                                     {"version", found->second.standing.release.version},
                                     {"sha256", file.sha256}});
      }
      records.push_back(std::move(record));
    }
    return records;
  }

  std::vector<std::string> path_;
  std::vector<std::string> rank_;
  std::optional<std::string> version_;
  std::optional<std::string> download_;
  bool get_version_ = false;
  bool get_versions_ = false;
  bool info_ = false;
};

}  // namespace

Verb s3p_verb() {
  return {
      .name = "s3p",
      .summary = "s3p's command: a file through the ranks of a bucket",
      .description =
          "Takes what s3p takes, and is called when the program runs under the name s3p. The bucket is "
          "AWS_S3_BUCKET (a name, or a URL or folder as other verbs take them; a bucket that is missing is "
          "made), the ranks are AWS_S3_RANKS, separated by commas, the first one first. A wheelyard.toml "
          "here, in a folder above or named by WHEELYARD_CONFIG guards them with its rules, and names bucket "
          "and ranks where the variables are not set.\n\n"
          "Into the first rank the file is uploaded, into the others it comes from the one before, exactly "
          "the bytes that stand there. 'wheelyard release' works on the same bucket, and has the history "
          "and the way back.",
      .examples = {{"s3p my.tar.gz qa --version=839de03f972e8182", "uploads it into the first rank"},
                   {"s3p my.tar.gz staging", "promotes what is in qa"},
                   {"s3p my.tar.gz production --download here.tar.gz", "fetches what is in production"}},
      .common = CommonUse::store,
      .by_name = true,
      .shown_by = "s3p NAME --get-versions",
      .help =
          [](const OptionSet& set, std::size_t own) {
            return compat::argparse_help("s3p", "Promote files through the release ranks", set, own);
          },
      .make = [] { return std::unique_ptr<Command>(std::make_unique<S3p>()); },
  };
}

}  // namespace wheelyard::cli
