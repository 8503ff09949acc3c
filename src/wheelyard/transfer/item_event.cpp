#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::transfer {

std::string_view to_string(ItemEvent::Action action) {
  switch (action) {
    case ItemEvent::Action::upload:
      return "upload";
    case ItemEvent::Action::download:
      return "download";
    case ItemEvent::Action::copy:
      return "copy";
    case ItemEvent::Action::remove:
      return "remove";
  }
  return "unknown";
}

std::string_view to_string(ItemEvent::Outcome outcome) {
  switch (outcome) {
    case ItemEvent::Outcome::done:
      return "done";
    case ItemEvent::Outcome::planned:
      return "planned";
    case ItemEvent::Outcome::skipped:
      return "skipped";
    case ItemEvent::Outcome::failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace wheelyard::transfer
