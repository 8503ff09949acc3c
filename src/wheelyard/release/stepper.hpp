#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wheelyard/release/editor.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::release {

/// What push, promote and rollback have in common: the state to begin with, the swap that is the step, the
/// documented keys after it, and the way back where those are refused.
class Stepper {
 public:
  Stepper(const StateStore& states, const PipelineRules& rules, const PipelineOptions& options)
      : states_(states), rules_(rules), options_(options) {}

  /// The state, taken over from another program where that is needed; what the dead left is ended. None where
  /// nothing is there.
  std::optional<StoredState> find(const std::string& name) const;
  /// Throws Refused (unknown_release).
  StoredState get(const std::string& name) const;

  struct Step {
    std::string rank;
    VersionDocument document;  ///< what comes into it
    /// As for `edit_state`; time and caller of the entry are filled in. Without an entry nothing is laid out.
    std::function<Change(PipelineState&)> edit;
  };
  /// Fills `outcome`, `previous`, `manifest` and `seq` of the report.
  StepReport take(StoredState first, const Step& step, StepReport report) const;

  const StateStore& states() const { return states_; }
  const PipelineRules& rules() const { return rules_; }
  const PipelineOptions& options() const { return options_; }

 private:
  /// A step that was taken and has to be ended or taken back.
  struct Taken {
    std::string name;
    std::string rank;
    std::string intent;
    std::uint64_t seq = 0;
    std::optional<Standing> before;
    std::vector<Approval> approvals;  ///< that it has used up
  };
  /// False where the rank has moved on since: there is nothing to take back.
  bool take_back(const Taken& taken, const Error& failure) const;
  [[noreturn]] void fail(const Taken& taken, const Error& failure) const;

  const StateStore& states_;
  const PipelineRules& rules_;
  const PipelineOptions& options_;
};

StepReport push(const Stepper& stepper, const std::shared_ptr<store::ObjectStore>& store,
                const PushRequest& request);
StepReport promote(const Stepper& stepper, const PromoteRequest& request);
StepReport rollback(const Stepper& stepper, const RollbackRequest& request);
StepReport approve(const Stepper& stepper, const ApproveRequest& request);

}  // namespace wheelyard::release
