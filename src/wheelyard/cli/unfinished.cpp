#include "wheelyard/cli/unfinished.hpp"

namespace wheelyard::cli {

transfer::TransferReport abort_unfinished(const AbortRequest& request,
                                          const std::function<void(const transfer::ItemEvent&)>& on_item) {
  using Outcome = transfer::ItemEvent::Outcome;
  transfer::TransferReport report;
  auto& store = *request.place.store;
  for (const auto& upload : store.unfinished_uploads(request.place.key)) {
    if (!request.recursive && upload.key != request.place.key) continue;
    if (request.begun_before && upload.begun >= *request.begun_before) continue;
    transfer::ItemEvent event{
        .action = transfer::ItemEvent::Action::remove,
        .target = store.describe(upload.key),
        .reason = "unfinished upload of " + to_rfc3339(upload.begun).substr(0, 19) + "Z"};
    if (request.dry_run) {
      event.outcome = Outcome::planned;
      ++report.removed;
    } else {
      try {
        store.resume_parts(upload.key, upload.id)->abort();
        ++report.removed;
      } catch (const Error& error) {
        event.outcome = Outcome::failed;
        event.error = error;
        ++report.failed;
      }
    }
    on_item(event);
  }
  return report;
}

}  // namespace wheelyard::cli
