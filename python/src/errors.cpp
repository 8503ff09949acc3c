#include <exception>

#include "module.hpp"
#include "text.hpp"

#include "wheelyard/base/error.hpp"

namespace nb = nanobind;

namespace wheelyard::python {
namespace {

/// The exception of wheelyard/errors.py that fits the code, with all that the library tells.
void raise(const Error& error) {
  try {
    const Error::Details& details = error.details();
    const nb::object make = nb::module_::import_("wheelyard.errors").attr("make_error");
    const nb::object exception =
        make(std::string(to_string(error.code())), std::string(error.what()), details.doing, details.target,
             details.reason, details.hint, details.http_status, details.server_code, details.request_id);
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
