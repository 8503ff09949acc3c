#include "errors.hpp"

#include <exception>

#include "module.hpp"
#include "text.hpp"

#include "wheelyard/release/refused.hpp"

namespace nb = nanobind;

namespace wheelyard::python {

nb::object to_exception(const Error& error) {
  const Error::Details& details = error.details();
  const nb::object make = nb::module_::import_("wheelyard.errors").attr("make_error");
  const auto* refused = dynamic_cast<const release::Refused*>(&error);
  return make(std::string(to_string(error.code())), std::string(error.what()), details.doing, details.target,
              details.reason, details.hint, details.http_status, details.server_code, details.request_id,
              std::string(refused != nullptr ? to_string(refused->refusal()) : ""));
}

namespace {

void raise(const Error& error) {
  try {
    const nb::object exception = to_exception(error);
    PyErr_SetObject(exception.type().ptr(), exception.ptr());
  } catch (nb::python_error& failure) {
    failure.restore();
  }
}

}  // namespace

void bind_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace wheelyard::python
