#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "progress_call.hpp"
#include <nanobind/nanobind.h>

#include "wheelyard/config/open_pipeline.hpp"

namespace wheelyard::python {

/// What `Pipeline` in Python stands on.
class PipelineHandle {
 public:
  /// Finds out who acts, without the GIL; where AWS has to be asked, the first step does.
  PipelineHandle(store::Location location, config::ReleaseSettings settings, config::PipelineOpening opening);

  const std::string& url() const { return location_.url; }
  const std::string& prefix() const { return location_.prefix; }
  const release::PipelineRules& rules() const { return settings_.rules; }

  /// Runs `work(pipeline, sink)` without the GIL, for those who write nothing.
  template <typename Work>
  auto look(nanobind::handle progress, Work work) {
    return with_progress(progress, [&](const ProgressSink& sink) { return work(*looking_, sink); });
  }

  /// The same for those who act.
  template <typename Work>
  auto act(nanobind::handle progress, Work work) {
    return with_progress(progress, [&](const ProgressSink& sink) { return work(*acting(), sink); });
  }

 private:
  std::shared_ptr<release::Pipeline> open(bool writes) const;
  std::shared_ptr<release::Pipeline> acting();

  store::Location location_;
  config::ReleaseSettings settings_;
  config::PipelineOpening opening_;
  std::shared_ptr<release::Pipeline> looking_;
  std::mutex mutex_;
  std::shared_ptr<release::Pipeline> acting_;  ///< null until it is known who acts
};

/// What adds the class to the module: its constructor, and `from_config`.
void bind_opening(nanobind::class_<PipelineHandle>& type);

}  // namespace wheelyard::python
