#include "wheelyard/cli/detail/json.hpp"

namespace wheelyard::cli::detail {

std::string document_text(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string line_text(const Json& event) {
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json error_members(const ErrorFields& error) {
  Json members{{"code", error.code},
               {"message", error.message},
               {"hint", text_or_null(error.hint)},
               {"target", text_or_null(error.target)},
               {"http_status", error.http_status == 0 ? Json(nullptr) : Json(error.http_status)},
               {"server_code", text_or_null(error.server_code)},
               {"request_id", text_or_null(error.request_id)}};
  if (!error.refusal.empty()) members["refusal"] = error.refusal;
  return members;
}

}  // namespace wheelyard::cli::detail
