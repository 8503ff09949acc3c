#include "wheelyard/store/s3/s3_conditional.hpp"

#include <utility>

#include "wheelyard/store/conditions.hpp"
#include "wheelyard/store/s3/s3_text.hpp"

namespace wheelyard::store::s3 {

void set_condition(Call& call, const PutMode& mode) {
  if (mode.kind == PutMode::Kind::create) call.headers.set("if-none-match", "*");
  if (mode.kind == PutMode::Kind::update) call.headers.set("if-match", quote_etag(mode.etag));
}

Error lost_race(const ServerError& error, const PutMode& mode, const std::string& target, std::string again) {
  const bool create = mode.kind == PutMode::Kind::create;
  Error told = create ? taken_error(target) : changed_error("replace", target);
  ErrorCode code = told.code();
  Error::Details details = told.details();
  if (error.status != 412 && mode.kind != PutMode::Kind::update) {
    // Somebody else's write or removal was under way each time: whether the name is taken is not known.
    code = ErrorCode::unavailable;
    details.reason = "others change it at the same time";
    details.hint = std::move(again);
  }
  details.http_status = error.status;
  details.server_code = error.code;
  details.request_id = error.request_id;
  return Error(code, std::move(details));
}

Error unknown_outcome(const Error& failure) {
  Error::Details details = failure.details();
  details.reason =
      "no answer tells whether it was written, and it cannot be looked at now (" + details.reason + ")";
  details.hint = "do the same again: what has been written already is recognised";
  return Error(ErrorCode::unavailable, std::move(details));
}

}  // namespace wheelyard::store::s3
