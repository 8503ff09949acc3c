#include "wheelyard/cli/error_output.hpp"

#include "wheelyard/base/text.hpp"
#include "wheelyard/cli/report_json.hpp"
#include "wheelyard/release/refused.hpp"

namespace wheelyard::cli {
namespace {

void print_text(Output& output, std::string_view message, std::string_view hint) {
  output.diagnostic(output.paint_err(Style::red, "error:") + " " + printable(message));
  if (!hint.empty()) output.diagnostic(output.paint_err(Style::dim, "hint:") + "  " + printable(hint));
}

std::string refusal_of(const Error& error) {
  const auto* refused = dynamic_cast<const release::Refused*>(&error);
  return refused == nullptr ? "" : std::string(to_string(refused->refusal()));
}

}  // namespace

ErrorFields error_fields(const Error& error) {
  const auto& details = error.details();
  return {.code = std::string(to_string(error.code())),
          .message = error.what(),
          .hint = details.hint,
          .target = details.target,
          .http_status = details.http_status,
          .server_code = details.server_code,
          .request_id = details.request_id,
          .refusal = refusal_of(error)};
}

void print_error_text(Output& output, const Error& error) {
  print_text(output, error.what(), error.hint());
}

void print_error(Output& output, const Error& error) {
  if (output.json()) {
    output.document(errors_json({error_fields(error)}, output.json_lines()));
  } else {
    print_error_text(output, error);
  }
}

void print_errors(Output& output, const std::vector<Error>& errors) {
  if (output.json()) {
    std::vector<ErrorFields> fields;
    for (const auto& error : errors) fields.push_back(error_fields(error));
    output.document(errors_json(fields, output.json_lines()));
    return;
  }
  for (const auto& error : errors) print_text(output, error.what(), error.hint());
}

void print_usage_error(Output& output, const UsageError& error, std::string_view verb) {
  const std::string help = "wheelyard " + (verb.empty() ? "" : std::string(verb) + " ") + "--help";
  const std::string separator = error.hint().empty() ? "" : error.hint().ends_with("?") ? " " : "; ";
  const std::string hint = error.hint() + separator + "see " + help;
  if (output.json()) {
    output.document(
        errors_json({{.code = "usage", .message = error.what(), .hint = hint}}, output.json_lines()));
  } else {
    print_text(output, error.what(), hint);
  }
}

void print_internal_error(Output& output, const std::exception& error) {
  const std::string message = std::string("unexpected failure: ") + error.what();
  const std::string hint = "this is a defect of wheelyard: please report it with the command line";
  if (output.json()) {
    output.document(
        errors_json({{.code = "internal", .message = message, .hint = hint}}, output.json_lines()));
  } else {
    print_text(output, message, hint);
  }
}

}  // namespace wheelyard::cli
