#pragma once

#include <map>
#include <set>
#include <string>

#include "wheelyard/release/findings.hpp"
#include "wheelyard/release/state_store.hpp"
#include "wheelyard/release/version_check.hpp"

namespace wheelyard::release {

/// One run of `verify`: docs/release-protocol.md, "What is checked by whom". What others change meanwhile is
/// no problem: each finding is looked at again, in the light of the state as it is then, before it is told.
class Verifier {
 public:
  Verifier(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options,
           const VerifyRequest& request)
      : states_(states), rules_(rules), options_(options), request_(request), findings_(request) {}

  VerifyReport run();

 private:
  void check_exists(const std::string& name) const;
  void check_name(const std::string& name);
  void check_intents(const PipelineState& state);
  void check_plan(const std::string& name);

  const StateStore& states_;
  const PipelineRules& rules_;
  const PipelineOptions& options_;
  const VerifyRequest& request_;
  Findings findings_;
  Seen seen_;
  std::map<std::string, std::set<std::string>> unheld_;  ///< of each name that has a state
};

}  // namespace wheelyard::release
