#include <algorithm>
#include <utility>

#include "wheelyard/release/hint_command.hpp"
#include "wheelyard/release/layout.hpp"
#include "wheelyard/release/stepper.hpp"

namespace wheelyard::release {

namespace {

/// One rollback: what the rank goes back to, and from what.
class Rollback {
 public:
  Rollback(const Stepper& stepper, const RollbackRequest& request) : stepper_(stepper), request_(request) {
    check_release_name(request.name);
    stepper.rules().index_of(request.rank);
    if (!request.version.empty()) check_version(request.version);
    check_note(request.note);
  }

  StepReport run() {
    auto stored = stepper_.get(request_.name);
    const auto* standing = stored.state.standing(request_.rank);
    if (standing != nullptr) from_ = standing->release;
    seq_ = stored.state.seq;
    find_target(stored.state);
    const auto document = stepper_.states().release(stored.state, target_);
    const Stepper::Step step{.rank = request_.rank, .document = document, .edit = [&](PipelineState& state) {
                               return edit(state);
                             }};
    StepReport report;
    report.action = Action::rollback;
    return stepper_.take(std::move(stored), step, report);
  }

 private:
  [[noreturn]] void refuse(Refusal refusal, std::string reason, std::string hint) const {
    throw Refused(refusal, "roll back", request_.name + " in " + request_.rank, std::move(reason),
                  std::move(hint));
  }

  void find_target(const PipelineState& state) {
    const auto found = state.ranks.find(request_.rank);
    const auto history =
        hint_command("history", request_.name, "--rank " + request_.rank) + " shows what stood there";
    if (request_.version.empty()) {
      if (found == state.ranks.end() || found->second.earlier.empty())
        refuse(Refusal::nothing_earlier, "no earlier release of it is known there", history);
      target_ = found->second.earlier.front().release;
      return;
    }
    if (from_ && from_->version == request_.version) {
      target_ = *from_;
      return;
    }
    if (found != state.ranks.end()) {
      for (const auto& standing : found->second.earlier) {
        if (standing.release.version != request_.version) continue;
        target_ = standing.release;
        return;
      }
    }
    bool stood = false;
    stepper_.states().walk_back(state, [&](const Entry& entry) {
      stood = entry.rank == request_.rank && entry.action != Action::approve && entry.to &&
              entry.to->version == request_.version;
      if (stood) target_ = *entry.to;
      return !stood;
    });
    if (!stood)
      refuse(Refusal::nothing_earlier, "version " + request_.version + " has never been there", history);
  }

  Change edit(const PipelineState& state) const {
    const auto* standing = state.standing(request_.rank);
    if (standing != nullptr && standing->release == target_) return {};
    const bool same = standing == nullptr ? !from_ : from_ && standing->release == *from_;
    if (!same) {
      refuse(Refusal::other_version,
             "it held " + (from_ ? from_->version : "nothing") + " a moment ago and holds " +
                 (standing == nullptr ? "nothing" : standing->release.version) + " now",
             "look at " + hint_command("status", request_.name) +
                 " and roll back again if that is still wanted");
    }
    // A prune may be at it, or have come and gone.
    const bool is_named = std::ranges::any_of(
        state.intents, [&](const Intent& intent) { return intent.release.version == target_.version; });
    if (is_named || state.seq != seq_) stepper_.states().release_to_bring_back(state, target_);
    Entry entry;
    entry.action = Action::rollback;
    entry.to = target_;
    entry.note = request_.note;
    return {.changed = true, .entry = std::move(entry), .then = {}};
  }

  const Stepper& stepper_;
  const RollbackRequest& request_;
  std::optional<Reference> from_;
  Reference target_;
  std::uint64_t seq_ = 0;  ///< of the state that was looked at first
};

}  // namespace

StepReport rollback(const Stepper& stepper, const RollbackRequest& request) {
  return Rollback(stepper, request).run();
}

}  // namespace wheelyard::release
