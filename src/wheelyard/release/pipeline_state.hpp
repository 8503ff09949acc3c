#pragma once

#include <memory>
#include <utility>

#include "wheelyard/release/pipeline.hpp"
#include "wheelyard/release/state_store.hpp"
#include "wheelyard/release/stepper.hpp"

namespace wheelyard::release {

/// What a Pipeline consists of, for the files that hold its functions.
struct Pipeline::State {
  State(std::shared_ptr<store::ObjectStore> bucket, std::string prefix, PipelineRules given,
        PipelineOptions chosen)
      : store(std::move(bucket)),
        rules(std::move(given)),
        options(std::move(chosen)),
        states(*store, Layout(std::move(prefix))),
        stepper(states, rules, options) {}

  std::shared_ptr<store::ObjectStore> store;
  PipelineRules rules;
  PipelineOptions options;
  StateStore states;
  Stepper stepper;
};

}  // namespace wheelyard::release
