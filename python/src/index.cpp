#include "module.hpp"

namespace wheelyard::python {

void bind_index(nanobind::module_&) {}

}  // namespace wheelyard::python
