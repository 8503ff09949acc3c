#pragma once

#include <optional>
#include <string>

#include "wheelyard/cli/interrupt.hpp"
#include "wheelyard/cli/verb.hpp"
#include "wheelyard/config/open_pipeline.hpp"
#include "wheelyard/config/wheelyard_toml.hpp"
#include "wheelyard/release/pipeline.hpp"

namespace wheelyard::cli {

/// The options of the group "release", which all of its verbs understand.
void declare_release_options(OptionSet& options, config::ReleaseOverrides& overrides);

using config::OpenedPipeline;

/// The pipeline that the settings describe, with the session's credentials; a signal ends its waits and its
/// gates. `writes`: it is asked who acts.
OpenedPipeline open_pipeline(const Session& session, const config::ReleaseSettings& settings, bool writes);

/// What the verbs of releases have in common: how the pipeline is found, how failures end. A refusal names
/// what was probably meant; whatever was typed or configured wrongly is exit status 2.
class ReleaseCommand : public Command {
 public:
  void declare(OptionSet& options) final;
  int run(Session& session) final;

 protected:
  virtual void declare_own(OptionSet& options) = 0;
  virtual int act(Session& session, OpenedPipeline& opened) = 0;
  /// Whether it may write history: then it is asked who acts.
  virtual bool writes() const { return true; }
  /// What to do where it was interrupted and may be done or not. Asked before `act`, too.
  virtual std::string after_interrupt() const { return std::string(interrupt_hint); }
  /// The release that was typed; "" for none.
  virtual std::string name_asked_for() const { return {}; }

 private:
  config::ReleaseOverrides overrides_;
};

/// "NAME[@VERSION]": the last "@" splits; one at the end says that the name itself has some. Throws
/// UsageError where it has none: "app@$VERSION" must not read as any version.
struct NameAndVersion {
  std::string name;
  std::string version;  ///< "" for none
};
NameAndVersion split_version(const std::string& text);

}  // namespace wheelyard::cli
