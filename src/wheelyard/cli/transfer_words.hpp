#pragma once

#include <string_view>

#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

/// "upload", "download", "copy", "remove".
std::string_view action_name(transfer::ItemEvent::Action action);
/// "done", "planned", "skipped", "failed".
std::string_view outcome_name(transfer::ItemEvent::Outcome outcome);
/// For a person: "uploaded", "would upload", "moved" and so on.
std::string_view item_word(const transfer::ItemEvent& item);

}  // namespace wheelyard::cli
