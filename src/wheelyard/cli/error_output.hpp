#pragma once

#include <exception>
#include <string_view>

#include "wheelyard/base/error.hpp"
#include "wheelyard/cli/option_set.hpp"
#include "wheelyard/cli/output.hpp"
#include "wheelyard/cli/report_json.hpp"

namespace wheelyard::cli {

/// The members of an error in JSON.
ErrorFields error_fields(const Error& error);

/// "error: …" and, on a line of its own, "hint: …" on standard error; under --json
/// `{"error": {"code", "message", "hint", "target", "http_status", "server_code", "request_id"}}` on standard
/// output, and "refusal" where a step of the release pipeline was refused.
void print_error(Output& output, const Error& error);
/// The same for several at once: under --json the first is `error`, all are `errors`.
void print_errors(Output& output, const std::vector<Error>& errors);
/// One as text on standard error, under --json too: for what standard output cannot carry.
void print_error_text(Output& output, const Error& error);
/// A wrong command line (code "usage"). `verb` may be empty.
void print_usage_error(Output& output, const UsageError& error, std::string_view verb);
/// Anything else that was thrown (code "internal").
void print_internal_error(Output& output, const std::exception& error);

}  // namespace wheelyard::cli
