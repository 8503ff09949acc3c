#include "wheelyard/config/open_pipeline.hpp"

#include <utility>

#include "wheelyard/auth/caller_identity.hpp"
#include "wheelyard/release/caller.hpp"

namespace wheelyard::config {
namespace {

/// The identity that stands for whom AWS takes the credentials for.
constexpr std::string_view aws_identity = "aws";

release::Caller find_caller(const ReleaseSettings& settings, const PipelineOpening& opening,
                            store::ObjectStore& store) {
  const auto environment =
      opening.store.environment ? opening.store.environment : auth::process_environment();
  auto named = settings.identity.value;
  if (asks_aws(settings))
    named = auth::aws_caller_identity(opening.store.aws, environment, opening.store.log).arn;
  return release::find_caller(named, environment, store, opening.run);
}

}  // namespace

bool asks_aws(const ReleaseSettings& settings) {
  return settings.identity.value == aws_identity;
}

OpenedPipeline open_pipeline(const ReleaseSettings& settings, const PipelineOpening& opening) {
  return open_pipeline_in(store::open_store(settings.store.value, opening.store), settings, opening);
}

OpenedPipeline open_pipeline_in(store::Location location, const ReleaseSettings& settings,
                                const PipelineOpening& opening) {
  release::PipelineOptions options;
  options.workers = opening.jobs;
  options.run_gate = release::command_gate_runner(opening.store.on_wait);
  if (opening.writes) options.caller = find_caller(settings, opening, *location.store);
  return {.pipeline = std::make_unique<release::Pipeline>(
              std::move(location.store), std::move(location.prefix), settings.rules, std::move(options)),
          .url = std::move(location.url)};
}

}  // namespace wheelyard::config
