#include "wheelyard/cli/release/release_command.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "wheelyard/base/nearest_word.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/error_output.hpp"
#include "wheelyard/cli/session.hpp"
#include "wheelyard/cli/wrong_input.hpp"

namespace wheelyard::cli {
namespace {

/// An interrupted step may be taken already: the error that ended it tells.
Error interruption(const Error& error, const std::string& else_hint) {
  const bool tells =
      error.code() == ErrorCode::cancelled && !error.hint().empty() && error.hint() != interrupt_hint;
  const auto hint = tells ? error.hint() : else_hint;
  return Error(ErrorCode::cancelled, "finish", "the step", "it was interrupted", hint);
}

/// "did you mean 'app'?", of names that bear a release: of some nothing but a push that was refused is left.
std::string near_name(const std::string& name, std::vector<std::string> names, release::Pipeline& pipeline) {
  for (int tries = 0; tries < 5; ++tries) {
    const auto nearest = nearest_word(name, names);
    if (nearest.empty()) return "";
    try {
      if (pipeline.status(nearest)) return did_you_mean(name, {nearest});
    } catch (const Error&) {
      return "";
    }
    std::erase(names, nearest);
  }
  return "";
}

/// A release that is not there may be misspelled.
release::Refused with_near_name(const release::Refused& refused, const std::string& name,
                                release::Pipeline& pipeline) {
  if (refused.refusal() != release::Refusal::unknown_release || name.empty()) return refused;
  std::vector<std::string> names;
  try {
    names = pipeline.names();
  } catch (const Error&) {
    return refused;
  }
  if (std::ranges::find(names, name) != names.end()) return refused;  // it is a rank or a version that is not
  auto meant = near_name(name, names, pipeline);
  const auto with_at =
      std::ranges::find_if(names, [&](const auto& each) { return each.starts_with(name + "@"); });
  if (with_at != names.end())
    meant = "the version stands behind the last @: write '" + printable(*with_at, 200) + "@' for that name";
  if (meant.empty()) return refused;
  const auto& details = refused.details();
  return {refused.refusal(), details.doing, details.target, details.reason, meant};
}

}  // namespace

void declare_release_options(OptionSet& options, config::ReleaseOverrides& overrides) {
  options.value(overrides.store, {.name = "store",
                                  .value_name = "URL",
                                  .help = "where the releases are: s3://bucket/prefix or a folder",
                                  .environment = "WHEELYARD_RELEASE_STORE",
                                  .completes = Completes::folders});
  options.value(overrides.ranks, {.name = "ranks",
                                  .value_name = "LIST",
                                  .help = "the pipeline's ranks in order, as qa,staging,production",
                                  .environment = "WHEELYARD_RELEASE_RANKS"});
  options.value(overrides.config,
                {.name = "config",
                 .value_name = "FILE",
                 .help = "the configuration; else the wheelyard.toml here or in a folder above",
                 .environment = "WHEELYARD_CONFIG",
                 .completes = Completes::files});
  options.value(overrides.identity,
                {.name = "identity",
                 .value_name = "NAME",
                 .help = "who acts, for the history; 'aws' asks AWS; else whom CI names, else user@host",
                 .environment = "WHEELYARD_IDENTITY"});
}

OpenedPipeline open_pipeline(const Session& session, const config::ReleaseSettings& settings, bool writes) {
  config::PipelineOpening opening{.store = session.store_settings(), .writes = writes, .run = {}};
  opening.store.on_wait = check_interrupt;
  return config::open_pipeline(settings, opening);
}

void ReleaseCommand::declare(OptionSet& options) {
  declare_own(options);
  declare_release_options(options, overrides_);
}

int ReleaseCommand::run(Session& session) {
  auto& output = session.output();
  try {
    const auto settings =
        config::release_settings(overrides_, session.environment(), std::filesystem::current_path());
    for (const auto& warning : settings.warnings) output.note(printable(warning));
    set_last_hint(after_interrupt());
    auto opened = open_pipeline(session, settings, writes());
    try {
      return act(session, opened);
    } catch (const release::Refused& refused) {
      throw with_near_name(refused, name_asked_for(), *opened.pipeline);
    }
  } catch (const Error& error) {
    output.progress("");
    if (interrupted_by() != 0) {
      print_error(output, interruption(error, after_interrupt()));
      return 128 + interrupted_by();
    }
    if (!is_wrong_input(error)) throw;
    print_error(output, error);
    return exit_usage;
  }
}

NameAndVersion split_version(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return {text, {}};
  NameAndVersion split{text.substr(0, at), text.substr(at + 1)};
  if (split.version.empty() && split.name.find('@') == std::string::npos) {
    throw UsageError("no version stands behind the @ of '" + printable(text, 450) + "'",
                     "leave the @ out, or see that the variable behind it is set");
  }
  return split;
}

}  // namespace wheelyard::cli
