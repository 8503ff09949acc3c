#include "module.hpp"

NB_MODULE(_core, module) {
  module.doc() = "The library's own classes; use them by way of the package `wheelyard`.";
  // Objects that a program keeps to its very end (a store in a global) are no leak to warn of.
  nanobind::set_leak_warnings(false);
  wheelyard::python::bind_errors();
  wheelyard::python::bind_objects(module);
  wheelyard::python::bind_parts(module);
  wheelyard::python::bind_store(module);
  wheelyard::python::bind_transfer(module);
  wheelyard::python::bind_index(module);
  wheelyard::python::bind_release(module);
}
