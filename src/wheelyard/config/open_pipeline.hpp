#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "wheelyard/config/wheelyard_toml.hpp"
#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/store/open_store.hpp"

namespace wheelyard::config {

/// A pipeline, ready to work.
struct OpenedPipeline {
  std::unique_ptr<release::Pipeline> pipeline;
  std::string url;  ///< of the store, normalised, without secrets
};

/// What settings do not say of a pipeline.
struct PipelineOpening {
  /// Credentials and variables; `on_wait` ends waits for servers, and gates.
  store::StoreSettings store;
  bool writes = true;     ///< it is asked who acts; else nothing may be written
  std::string run;        ///< the URL of the run, for the history; "": CI's
  std::size_t jobs = 16;  ///< requests at once
};

/// Whether AWS has to be asked who acts.
bool asks_aws(const ReleaseSettings& settings);

/// The pipeline that the settings describe, in the store that they name. Who acts is whom they name ("aws"
/// asks AWS who the credentials are taken for), else whom CI's variables name, else user@host. Throws
/// `invalid_argument` for a store, rules, an identity or a run that cannot be, and as `open_store` and
/// `auth::aws_caller_identity` do.
OpenedPipeline open_pipeline(const ReleaseSettings& settings, const PipelineOpening& opening);

/// The same in a store that is open: whatever store the settings name is passed over.
OpenedPipeline open_pipeline_in(store::Location location, const ReleaseSettings& settings,
                                const PipelineOpening& opening);

}  // namespace wheelyard::config
