#pragma once

#include <nanobind/nanobind.h>

namespace wheelyard::python {

// What each file adds to the module `wheelyard._core`.
void bind_errors();
void bind_objects(nanobind::module_& module);
void bind_parts(nanobind::module_& module);
void bind_store(nanobind::module_& module);
void bind_transfer(nanobind::module_& module);
void bind_index(nanobind::module_& module);
void bind_release(nanobind::module_& module);

}  // namespace wheelyard::python
