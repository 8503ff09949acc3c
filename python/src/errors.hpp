#pragma once

#include <nanobind/nanobind.h>

#include "wheelyard/base/error.hpp"

namespace wheelyard::python {

/// The exception of wheelyard/errors.py that fits the code, with all that the library tells.
nanobind::object to_exception(const Error& error);

}  // namespace wheelyard::python
