#pragma once

#include <string>

#include <nanobind/nanobind.h>

/// Text between Python and the library: UTF-8, and bytes that are none go along as Python keeps them in file
/// names (PEP 383, "surrogateescape"). A key or a header that a server sends is whatever it is: reading it
/// must not fail. In place of nanobind/stl/string.h, which is strict.
namespace nanobind::detail {

template <>
struct type_caster<std::string> {
  NB_TYPE_CASTER(std::string, const_name("str"))

  bool from_python(handle source, std::uint32_t, cleanup_list*) noexcept {
    if (!PyUnicode_Check(source.ptr())) return false;
    Py_ssize_t size = 0;
    if (const char* text = PyUnicode_AsUTF8AndSize(source.ptr(), &size)) {
      value.assign(text, static_cast<std::size_t>(size));
      return true;
    }
    PyErr_Clear();
    PyObject* bytes = PyUnicode_AsEncodedString(source.ptr(), "utf-8", "surrogateescape");
    if (bytes == nullptr) {
      PyErr_Clear();
      return false;
    }
    value.assign(PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes)));
    Py_DECREF(bytes);
    return true;
  }

  static handle from_cpp(const std::string& text, rv_policy, cleanup_list*) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
  }
};

}  // namespace nanobind::detail

namespace wheelyard::python {

/// None for an empty text.
inline nanobind::object text_or_none(const std::string& text) {
  return text.empty() ? nanobind::none() : nanobind::cast(text);
}

}  // namespace wheelyard::python
