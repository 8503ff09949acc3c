#include "wheelyard/cli/transfer_words.hpp"

namespace wheelyard::cli {

using transfer::ItemEvent;

std::string_view action_name(ItemEvent::Action action) {
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

std::string_view outcome_name(ItemEvent::Outcome outcome) {
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

std::string_view item_word(const ItemEvent& item) {
  if (item.outcome == ItemEvent::Outcome::skipped) return "skipped";
  if (item.outcome == ItemEvent::Outcome::failed) return "failed";
  const bool planned = item.outcome == ItemEvent::Outcome::planned;
  if (item.moved) return planned ? "would move" : "moved";
  switch (item.action) {
    case ItemEvent::Action::upload:
      return planned ? "would upload" : "uploaded";
    case ItemEvent::Action::download:
      return planned ? "would download" : "downloaded";
    case ItemEvent::Action::copy:
      return planned ? "would copy" : "copied";
    case ItemEvent::Action::remove:
      return planned ? "would remove" : "removed";
  }
  return "unknown";
}

}  // namespace wheelyard::cli
