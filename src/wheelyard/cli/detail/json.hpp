#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "wheelyard/cli/report_json.hpp"

namespace wheelyard::cli::detail {

using Json = nlohmann::ordered_json;

/// Indented, for a document of its own. Bytes that are not UTF-8 are replaced.
std::string document_text(const Json& document);
/// On one line, for an event.
std::string line_text(const Json& event);

Json text_or_null(std::string_view text);
Json error_members(const ErrorFields& error);

}  // namespace wheelyard::cli::detail
