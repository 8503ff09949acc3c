#include "wheelyard/cli/transfer_words.hpp"

namespace wheelyard::cli {

using transfer::ItemEvent;

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
