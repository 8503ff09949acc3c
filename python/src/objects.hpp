#pragma once

#include <optional>
#include <string>
#include <vector>

#include "text.hpp"
#include <nanobind/nanobind.h>

#include "wheelyard/store/object_types.hpp"

namespace wheelyard::python {

/// An aware datetime in UTC.
nanobind::object to_datetime(TimePoint time);

/// The library's info with its key made relative to a store's prefix.
store::ObjectInfo relative_info(store::ObjectInfo info, const std::string& prefix);

/// `mode` and attributes of what is written, from keyword arguments; what it takes is popped from
/// `arguments`. Throws TypeError and ValueError on what cannot be right. `given` tells whether any attribute
/// stood there.
store::PutOptions take_put_options(nanobind::dict& arguments, bool* given = nullptr);
/// Throws TypeError where anything is left.
void refuse_rest(const nanobind::dict& arguments, const char* function);

/// dict[str, str], or nothing for None.
std::map<std::string, std::string> to_text_map(nanobind::handle mapping, const char* what);

}  // namespace wheelyard::python
