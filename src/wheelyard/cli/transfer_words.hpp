#pragma once

#include <string_view>

#include "wheelyard/transfer/transfer.hpp"

namespace wheelyard::cli {

/// For a person: "uploaded", "would upload", "moved" and so on.
std::string_view item_word(const transfer::ItemEvent& item);

}  // namespace wheelyard::cli
